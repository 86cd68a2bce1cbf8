#pragma once

// The part of the schema that is the same whatever channels there are; see render_schema.cpp, which
// puts them in the place of "@via@".

#include <string_view>

namespace pipectl {

inline constexpr std::string_view kSchemaText = R"JSON({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "pipectl definition",
  "description": "A pipeline: its stages, how they are wired, and what becomes of their output",
  "type": "object",
  "required": ["stage"],
  "additionalProperties": false,
  "properties": {
    "pipeline": {
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "name": { "type": "string", "minLength": 1, "description": "default: the file's name" },
        "description": { "type": "string" },
        "via": { "$ref": "#/definitions/via" },
        "timeout": { "$ref": "#/definitions/duration" },
        "grace": { "$ref": "#/definitions/duration" },
        "strict": { "type": "boolean", "description": "false: the shell's rules" },
        "retries": { "type": "integer", "minimum": 0 },
        "retry-delay": { "$ref": "#/definitions/duration" },
        "lock": { "type": "string", "minLength": 1 },
        "lock-wait": { "$ref": "#/definitions/duration" },
        "cwd": { "type": "string", "description": "\".\": paths start from the definition's folder" }
      },
      "dependencies": { "retry-delay": ["retries"], "lock-wait": ["lock"] }
    },
    "params": {
      "description": "set with --set NAME=VALUE, used as ${NAME}",
      "type": "object",
      "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_-]*$" },
      "additionalProperties": {
        "anyOf": [
          { "$ref": "#/definitions/scalar" },
          {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "help": { "type": "string" },
              "required": { "type": "boolean" },
              "default": { "$ref": "#/definitions/scalar" },
              "secret": { "type": "boolean", "description": "shown as *** everywhere" },
              "env": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "description": "the variable that gives it unless --set does" }
            }
          }
        ]
      }
    },
    "env": { "$ref": "#/definitions/environment" },
    "semaphores": {
      "type": "object",
      "additionalProperties": {
        "anyOf": [
          { "type": "integer", "minimum": 1 },
          {
            "type": "object",
            "additionalProperties": false,
            "properties": {
              "count": { "type": "integer", "minimum": 1 },
              "scope": { "enum": ["run", "user"] }
            }
          }
        ]
      }
    },
    "stage": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/stage" } }
  },
  "definitions": {
    "stage": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [{ "required": ["run"] }, { "required": ["shell"] }, { "required": ["use"] }],
      "not": { "required": ["from", "stdin"] },
      "properties": {
        "name": { "type": "string", "pattern": "^[A-Za-z0-9_-]*$", "description": "default: the program's name" },
        "run": {
          "description": "a program and its arguments; no shell in between",
          "type": "array", "minItems": 1, "items": { "type": "string" }
        },
        "shell": { "type": "string", "description": "a line for /bin/sh; parameters are variables" },
        "use": { "type": "string", "minLength": 1 },
        "args": { "type": "array", "items": { "type": "string" } },
        "from": { "$ref": "#/definitions/feeds" },
        "inputs": {
          "description": "extra inputs: ${in.NAME} is a path to open",
          "type": "object",
          "additionalProperties": { "$ref": "#/definitions/feeds" }
        },
        "outputs": {
          "description": "extra outputs: ${out.NAME} is a path to open",
          "type": "array", "items": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" }
        },
        "stdin": {
          "anyOf": [
            { "type": "string", "minLength": 1, "description": "the path of a file" },
            {
              "type": "object",
              "additionalProperties": false, "minProperties": 1, "maxProperties": 2,
              "properties": {
                "file": { "type": "string" },
                "text": { "type": "string" },
                "null": { "const": true },
                "inherit": { "const": true },
                "fifo": { "type": "string" },
                "listen": { "type": "string" },
                "connect": { "type": "string" },
                "mq": { "type": "string" },
                "sysv-mq": { "type": "string" },
                "shm": { "type": "string" },
                "from-user": { "const": "any" }
              }
            }
          ]
        },
        "stdout": { "$ref": "#/definitions/output" },
        "stderr": { "$ref": "#/definitions/output" },
        "via": { "$ref": "#/definitions/via" },
        "buffer": { "$ref": "#/definitions/buffer" },
        "fan-out": {
          "description": "how several readers of one port share it",
          "anyOf": [
            { "enum": ["copy", "deal", "hash", "type"] },
            {
              "type": "object",
              "required": ["by"],
              "additionalProperties": false,
              "properties": {
                "by": { "enum": ["copy", "deal", "hash", "type"] },
                "field": { "type": "integer", "minimum": 1 }
              }
            }
          ]
        },
        "fan-in": { "enum": ["concat", "lines"], "description": "one after the other, or lines as they come" },
        "replicas": { "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "cpus" }] },
        "order": { "enum": ["any", "original"] },
        "after": { "type": "array", "items": { "type": "string" }, "description": "not yet supported" },
        "env": { "$ref": "#/definitions/environment" },
        "cwd": { "type": "string", "minLength": 1 },
        "umask": { "type": ["string", "integer"], "description": "in octal: \"022\"" },
        "nice": { "type": "integer", "minimum": -20, "maximum": 19 },
        "user": { "type": ["string", "integer"] },
        "limits": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "cpu": { "$ref": "#/definitions/duration" },
            "memory": { "$ref": "#/definitions/size" },
            "files": { "type": "integer", "minimum": 0 },
            "processes": { "type": "integer", "minimum": 0 },
            "file-size": { "$ref": "#/definitions/size" }
          }
        },
        "ok": {
          "description": "exit statuses that are a success; default [0]",
          "anyOf": [
            { "const": "any" },
            { "type": "array", "minItems": 1, "items": { "type": "integer", "minimum": 0, "maximum": 255 } }
          ]
        },
        "timeout": { "$ref": "#/definitions/duration" },
        "idle-timeout": { "$ref": "#/definitions/duration" },
        "restart": {
          "anyOf": [
            { "enum": ["never", "on-failure", "always"] },
            {
              "type": "object",
              "required": ["when"],
              "additionalProperties": false,
              "properties": {
                "when": { "enum": ["never", "on-failure", "always"] },
                "max": { "type": "integer", "minimum": 0 },
                "delay": { "$ref": "#/definitions/duration" }
              }
            }
          ]
        },
        "signals": {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "ignore": { "type": "array", "items": { "type": "string" } },
            "default": { "type": "array", "items": { "type": "string" } },
            "cancel": { "type": "string", "description": "the signal that cancels the stage" }
          }
        },
        "needs": { "type": "array", "items": { "type": "string" } },
        "cut": { "enum": ["auto", "signal"], "description": "what says that its readers had enough: its end by SIGPIPE or its answer to a broken pipe, or SIGPIPE alone" },
        "end": { "enum": ["judged", "closed"], "description": "when its readers see the end of data: when it has ended well, or when it closes its output" },
        "unread": { "enum": ["wait", "stop"], "description": "what becomes of it when nobody reads it any more" },
        "detach": { "type": "boolean", "description": "its background processes may outlive the run" },
        "native": { "type": "boolean", "description": "linked to the channel library" },
        "host": { "type": "string" }
      }
    },
    "output": {
      "anyOf": [
        { "type": "string", "minLength": 1, "description": "a file, replaced when the run has succeeded" },
        {
          "type": "object",
          "additionalProperties": false, "minProperties": 1,
          "properties": {
            "file": { "type": "string" },
            "append": { "type": "boolean" },
            "atomic": { "type": "boolean" },
            "durable": { "type": "boolean" },
            "empty": { "enum": ["refuse", "keep"] },
            "null": { "const": true },
            "inherit": { "const": true },
            "fifo": { "type": "string" },
            "listen": { "type": "string" },
            "connect": { "type": "string" },
            "mq": { "type": "string" },
            "sysv-mq": { "type": "string" },
            "shm": { "type": "string" },
            "from-user": { "const": "any" }
          }
        }
      ]
    },
    "feeds": {
      "description": "\"stage\", \"stage.port\", a table, or several of them",
      "anyOf": [
        { "$ref": "#/definitions/feed" },
        { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/feed" } }
      ]
    },
    "feed": {
      "anyOf": [
        { "type": "string", "pattern": "^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)?$" },
        {
          "type": "object",
          "required": ["stage"],
          "additionalProperties": false,
          "properties": {
            "stage": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" },
            "port": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" },
            "via": { "$ref": "#/definitions/via" },
            "buffer": { "$ref": "#/definitions/buffer" }
          }
        }
      ]
    },
    "buffer": {
      "description": "room beyond the channel's own: a size, \"spill\" or \"none\"",
      "anyOf": [
        { "$ref": "#/definitions/size" },
        { "enum": ["spill", "none"] },
        {
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "memory": { "$ref": "#/definitions/size" },
            "disk": { "$ref": "#/definitions/size" }
          }
        }
      ]
    },
    "environment": { "type": "object", "additionalProperties": { "type": "string" } },
    "scalar": { "type": ["string", "number", "boolean"] },
    "duration": { "type": "string", "pattern": "^[0-9]", "description": "\"250ms\", \"5s\", \"10m\", \"1h30m\"" },
    "size": { "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]" }] },
    "via": "@via@"
  }
}
)JSON";

}  // namespace pipectl
