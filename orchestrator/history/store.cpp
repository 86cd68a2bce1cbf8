#include "orchestrator/history/store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "orchestrator/history/difference.hpp"
#include "orchestrator/history/spool.hpp"
#include "orchestrator/report/read_record.hpp"
#include "stages/base/error.hpp"

namespace pipectl::history {

namespace {

constexpr int kSchemaVersion = 2;
/// Comparisons are made with as many earlier runs at most.
constexpr int kMostEarlier = 50;

constexpr const char* kSchema =
    "CREATE TABLE runs(id INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, definition TEXT NOT NULL,"
    " pipeline TEXT NOT NULL, source TEXT NOT NULL, started_at TEXT NOT NULL, verdict TEXT NOT "
    "NULL,"
    " exit INTEGER NOT NULL, signal INTEGER NOT NULL, wall_s REAL NOT NULL, record TEXT NOT NULL,"
    " commands TEXT NOT NULL, params TEXT NOT NULL, input_bytes INTEGER NOT NULL);"
    "CREATE INDEX runs_of_definition ON runs(definition, started_at);"
    "CREATE INDEX runs_in_time ON runs(started_at);"
    "CREATE TABLE stages(run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,"
    " position INTEGER NOT NULL, name TEXT NOT NULL, verdict TEXT NOT NULL, wall_s REAL NOT NULL,"
    " cpu_s REAL NOT NULL, own_s REAL, bytes_in INTEGER, bytes_out INTEGER,"
    " PRIMARY KEY(run_id, position)) WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

/// What version 1 did not remember; its runs are compared with none of now.
constexpr const char* kFromVersionOne =
    "ALTER TABLE runs ADD COLUMN commands TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN params TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE runs ADD COLUMN input_bytes INTEGER NOT NULL DEFAULT 0;"
    "PRAGMA user_version = 2;";

constexpr const char* kColumns =
    "SELECT id, run, definition, pipeline, source, started_at, verdict, exit, signal, wall_s, "
    "commands, params, input_bytes FROM runs ";

std::string database_path(const std::string& folder) {
    return folder + "/history.db";
}

void remove_files(const std::string& folder) {
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
        ::unlink((database_path(folder) + suffix).c_str());
    }
}

bool is_damaged(int code) {
    return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

/// An error with SQLite's code, inside this file.
struct Failure {
    int code;
    std::string text;
};

class Statement {
  public:
    Statement(sqlite3* database, const std::string& text) : database_(database) {
        if (::sqlite3_prepare_v2(database, text.c_str(), -1, &statement_, nullptr) != SQLITE_OK) {
            fail();
        }
    }
    ~Statement() { ::sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(const std::string& text) {
        return check(::sqlite3_bind_text(statement_, ++bound_, text.data(),
                                         static_cast<int>(text.size()), SQLITE_TRANSIENT));
    }
    Statement& bind(std::int64_t number) {
        return check(::sqlite3_bind_int64(statement_, ++bound_, number));
    }
    Statement& bind(double number) {
        return check(::sqlite3_bind_double(statement_, ++bound_, number));
    }
    template <class Value>
    Statement& bind(const std::optional<Value>& value) {
        return value ? bind(*value) : check(::sqlite3_bind_null(statement_, ++bound_));
    }

    /// True while there is a row.
    bool step() {
        const int code = ::sqlite3_step(statement_);
        if (code != SQLITE_ROW && code != SQLITE_DONE) {
            fail();
        }
        return code == SQLITE_ROW;
    }

    [[nodiscard]] std::string text(int column) const {
        const auto* data = reinterpret_cast<const char*>(::sqlite3_column_text(statement_, column));
        const int size = ::sqlite3_column_bytes(statement_, column);
        return data == nullptr ? std::string() : std::string(data, size);
    }
    [[nodiscard]] std::int64_t whole(int column) const {
        return ::sqlite3_column_int64(statement_, column);
    }
    [[nodiscard]] double number(int column) const {
        return ::sqlite3_column_double(statement_, column);
    }
    [[nodiscard]] bool is_null(int column) const {
        return ::sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }

  private:
    Statement& check(int code) {
        if (code != SQLITE_OK) {
            fail();
        }
        return *this;
    }
    [[noreturn]] void fail() const {
        throw Failure{::sqlite3_extended_errcode(database_), ::sqlite3_errmsg(database_)};
    }

    sqlite3* database_;
    sqlite3_stmt* statement_ = nullptr;
    int bound_ = 0;
};

}  // namespace

struct Store::Database {
    std::string path;
    sqlite3* handle = nullptr;

    explicit Database(std::string at) : path(std::move(at)) {}
    /// Whole before it is opened, so that it is closed when that fails.
    Database(std::string at, int patience_ms) : Database(std::move(at)) { open(patience_ms); }
    ~Database() { ::sqlite3_close(handle); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const char* text) {
        if (::sqlite3_exec(handle, text, nullptr, nullptr, nullptr) != SQLITE_OK) {
            throw Failure{::sqlite3_extended_errcode(handle), ::sqlite3_errmsg(handle)};
        }
    }

    void open(int patience_ms) {
        const int code = ::sqlite3_open_v2(
            path.c_str(), &handle,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, nullptr);
        if (code != SQLITE_OK) {
            std::string message = handle != nullptr ? ::sqlite3_errmsg(handle) : "no memory";
            ::sqlite3_close(std::exchange(handle, nullptr));
            throw Failure{code, std::move(message)};
        }
        ::sqlite3_busy_timeout(handle, patience_ms);
        // The history is worth no wait for the disk: should the machine fail in the middle of a
        // change, it may be damaged, and a new one is begun.
        execute("PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;");
        if (user_version() < kSchemaVersion) {
            execute("BEGIN IMMEDIATE");
            const int version = user_version();  // another process may have done it
            if (version == 0) execute(kSchema);
            if (version == 1) execute(kFromVersionOne);
            execute("COMMIT");
        }
        if (user_version() != kSchemaVersion) {
            throw Failure{SQLITE_MISMATCH, "it is of another version of pipectl"};
        }
    }

    int user_version() {
        Statement statement(handle, "PRAGMA user_version");
        return statement.step() ? static_cast<int>(statement.whole(0)) : 0;
    }

    void add(const PastRun& run, const std::string& record) {
        Statement insert(handle,
                         "INSERT OR IGNORE INTO runs(run, definition, pipeline, source, started_at,"
                         " verdict, exit, signal, wall_s, record, commands, params, input_bytes)"
                         " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
        insert.bind(run.run).bind(run.definition).bind(run.pipeline).bind(run.source);
        insert.bind(run.started_at).bind(run.verdict).bind(std::int64_t{run.exit});
        insert.bind(std::int64_t{run.signal}).bind(run.wall_s).bind(record);
        insert.bind(run.commands).bind(run.params).bind(run.input_bytes);
        insert.step();
        if (::sqlite3_changes(handle) == 0) {
            return;  // a reader that died had taken it in already
        }
        const std::int64_t id = ::sqlite3_last_insert_rowid(handle);
        std::int64_t position = 0;
        for (const PastStage& stage : run.stages) {
            Statement add_stage(handle, "INSERT INTO stages VALUES(?,?,?,?,?,?,?,?,?)");
            add_stage.bind(id).bind(position++).bind(stage.name).bind(stage.verdict);
            add_stage.bind(stage.wall_s).bind(stage.cpu_s).bind(stage.own_s);
            add_stage.bind(stage.bytes_in).bind(stage.bytes_out);
            add_stage.step();
        }
    }

    void prune() {
        Statement per_definition(
            handle,
            "DELETE FROM runs WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER "
            "(PARTITION BY definition ORDER BY started_at DESC, id DESC) AS place FROM runs) "
            "WHERE place > ?)");
        per_definition.bind(std::int64_t{kMostOfOneDefinition}).step();
        Statement all(
            handle,
            "DELETE FROM runs WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER w "
            "AS place, sum(length(record)) OVER w AS bytes FROM runs WINDOW w AS "
            "(ORDER BY started_at DESC, id DESC)) WHERE place > ? OR bytes > ?)");
        all.bind(std::int64_t{kMostRuns}).bind(std::int64_t{kMostRecordBytes}).step();
    }

    std::vector<PastRun> read(Statement& query) {
        std::vector<PastRun> runs;
        while (query.step()) {
            PastRun run;
            run.run = query.text(1);
            run.definition = query.text(2);
            run.pipeline = query.text(3);
            run.source = query.text(4);
            run.started_at = query.text(5);
            run.verdict = query.text(6);
            run.exit = static_cast<int>(query.whole(7));
            run.signal = static_cast<int>(query.whole(8));
            run.wall_s = query.number(9);
            run.commands = query.text(10);
            run.params = query.text(11);
            run.input_bytes = query.whole(12);
            add_stages(query.whole(0), run.stages);
            runs.push_back(std::move(run));
        }
        return runs;
    }

    void add_stages(std::int64_t id, std::vector<PastStage>& stages) {
        Statement query(handle,
                        "SELECT name, verdict, wall_s, cpu_s, own_s, bytes_in, bytes_out FROM "
                        "stages WHERE run_id = ? ORDER BY position");
        query.bind(id);
        while (query.step()) {
            PastStage stage;
            stage.name = query.text(0);
            stage.verdict = query.text(1);
            stage.wall_s = query.number(2);
            stage.cpu_s = query.number(3);
            if (!query.is_null(4)) stage.own_s = query.number(4);
            if (!query.is_null(5)) stage.bytes_in = query.whole(5);
            if (!query.is_null(6)) stage.bytes_out = query.whole(6);
            stages.push_back(std::move(stage));
        }
    }

    /// Calls SQLite in our words.
    template <class Action>
    auto explained(Action action) {
        try {
            return action();
        } catch (const Failure& failure) {
            throw StoreError(
                "cannot use the history '" + path + "': " + failure.text +
                (is_damaged(failure.code) ? "; 'pipectl history rm --all' begins a new one" : ""));
        }
    }
};

Store::Store(std::string folder, int patience_ms) : folder_(std::move(folder)) {
    const std::string path = database_path(folder_);
    const mode_t mask = ::umask(S_IRWXG | S_IRWXO);
    const auto explain = [&](const Failure& failure) {
        ::umask(mask);
        return StoreError("cannot use the history '" + path + "': " + failure.text);
    };
    try {
        database_ = std::make_unique<Database>(path, patience_ms);
    } catch (const Failure& failure) {
        if (!is_damaged(failure.code)) throw explain(failure);
        // a machine that failed in the middle of a change; what is left is kept for a look
        ::rename(path.c_str(), (path + ".damaged").c_str());
        remove_files(folder_);
        try {
            database_ = std::make_unique<Database>(path, patience_ms);
        } catch (const Failure& again) {
            throw explain(again);
        }
    }
    ::umask(mask);
    take_spool();
}

Store::~Store() = default;

void Store::take_spool() {
    Database& database = *database_;
    database.explained([&] {
        const bool read_only = ::sqlite3_db_readonly(database.handle, "main") == 1;
        if (read_only || waiting_bytes(folder_) == 0) return;
        database.execute("BEGIN IMMEDIATE");
        std::vector<Entry> entries;
        while (take(folder_, entries)) {
            for (const Entry& entry : entries) {
                try {
                    const Summary summary = read_record(entry.record);
                    database.add(past_run(entry.definition, summary), entry.record);
                } catch (const RecordError&) {
                    continue;  // written half: the disk was full
                }
            }
            database.prune();
            database.execute("COMMIT");
            const bool forgotten = forget_taken(folder_);
            database.execute("BEGIN IMMEDIATE");
            if (!forgotten) break;  // the same would be taken again, without end
        }
        database.execute("COMMIT");
    });
}

std::vector<PastRun> Store::list(const std::string& pipeline, std::size_t limit) {
    return database_->explained([&] {
        Statement query(database_->handle, std::string(kColumns) +
                                               "WHERE ?1 = '' OR pipeline = ?1 "
                                               "ORDER BY started_at DESC, id DESC LIMIT ?2");
        query.bind(pipeline).bind(static_cast<std::int64_t>(limit));
        return database_->read(query);
    });
}

std::vector<PastRun> Store::find(const std::string& prefix) {
    return database_->explained([&] {
        Statement query(database_->handle, std::string(kColumns) +
                                               "WHERE substr(run, 1, length(?1)) = ?1 "
                                               "ORDER BY started_at DESC, id DESC");
        query.bind(prefix);
        return database_->read(query);
    });
}

std::vector<PastRun> Store::earlier(const PastRun& run) {
    return database_->explained([&] {
        Statement query(
            database_->handle,
            std::string(kColumns) +
                "WHERE definition = ?1 AND verdict = 'ok' AND "
                "commands = ?5 AND params = ?6 AND "
                "input_bytes BETWEEN ?7 AND ?8 AND (started_at < ?2 OR (started_at = ?2 AND id < "
                "(SELECT id FROM runs WHERE run = ?3))) ORDER BY "
                "started_at DESC, id DESC LIMIT ?4");
        query.bind(run.definition).bind(run.started_at).bind(run.run);
        query.bind(std::int64_t{kMostEarlier}).bind(run.commands).bind(run.params);
        const AboutAsMuch input = about_as_much(run.input_bytes);
        query.bind(input.least).bind(input.most);
        return database_->read(query);
    });
}

std::string Store::record(const std::string& run) {
    return database_->explained([&] {
        Statement query(database_->handle, "SELECT record FROM runs WHERE run = ?");
        query.bind(run);
        return query.step() ? query.text(0) : std::string();
    });
}

bool Store::remove(const std::string& run) {
    return database_->explained([&] {
        Statement statement(database_->handle, "DELETE FROM runs WHERE run = ?");
        statement.bind(run).step();
        return ::sqlite3_changes(database_->handle) > 0;
    });
}

void Store::erase(const std::string& folder) {
    forget_waiting(folder);
    try {
        Store store(folder, 0);
        store.database_->explained([&] { store.database_->execute("DELETE FROM runs; VACUUM"); });
    } catch (const StoreError&) {
        remove_files(folder);  // damaged, or of another version
    }
}

}  // namespace pipectl::history
