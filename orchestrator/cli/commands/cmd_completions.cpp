// pipectl completions: scripts for shells. They ask the program itself for candidates
// (complete.cpp), so that what they offer is what it takes.

#include "orchestrator/command/command.hpp"
#include "orchestrator/command/given.hpp"
#include "orchestrator/command/offers.hpp"
#include "orchestrator/command/output.hpp"
#include "stages/base/text.hpp"

namespace pipectl {

namespace {

void complete_shells(Offers& candidates, const std::vector<std::string>& before);

constexpr CommandOperand kCompletionsOperands[] = {
    {"SHELL", CommandOperand::Count::optional, complete_shells}};

int completions_command(const Given& given);

void complete_shells(Offers& candidates, const std::vector<std::string>& /*before*/) {
    candidates.add_words("bash zsh fish");
}

}  // namespace

extern constexpr Command kCompletionsCommand = {
    .name = "completions",
    .takes = "SHELL",
    .brief = "for bash, zsh and fish",
    .usage = "bash|zsh|fish",
    .summary = "Print a script that makes a shell complete pipectl's words.",
    .examples = R"(
  pipectl completions bash > ~/.local/share/bash-completion/completions/pipectl
  pipectl completions zsh > ~/.zfunc/_pipectl      with fpath+=(~/.zfunc) before compinit
  pipectl completions fish > ~/.config/fish/completions/pipectl.fish
  source <(pipectl completions bash)               for this shell alone
)",
    .help = R"(
Commands, options and their values, channels, parameters and stages of the definition on the
command line, runs for 'stop', 'signal', 'top' and 'history'.
)",
    .operands = kCompletionsOperands,
    .run = completions_command,
};

namespace {

constexpr std::string_view kBash = R"SH(# bash completion for pipectl
_pipectl() {
    local current=${COMP_WORDS[COMP_CWORD]} line
    local -a words=("${COMP_WORDS[@]:1:COMP_CWORD}")
    # bash takes '=' and ':' for words of their own; pipectl does not
    if declare -F _get_comp_words_by_ref >/dev/null; then
        local cword
        _get_comp_words_by_ref -n =: -c current -w words -i cword
        words=("${words[@]:1:cword}")
    fi
    COMPREPLY=()
    compopt +o nospace 2>/dev/null
    while IFS= read -r line; do
        case $line in
            FILE) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
                compopt -o filenames 2>/dev/null ;;
            FOLDER) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current")
                compopt -o filenames 2>/dev/null ;;
            *) line=${line%%$'\t'*}
                [[ $line != *= ]] || compopt -o nospace 2>/dev/null
                COMPREPLY+=("$line") ;;
        esac
    done < <("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null)
    if declare -F __ltrim_colon_completions >/dev/null; then
        __ltrim_colon_completions "$current"
    fi
}
complete -F _pipectl pipectl
)SH";

constexpr std::string_view kZsh = R"SH(#compdef pipectl
# zsh completion for pipectl
_pipectl() {
    local line word
    local -a described
    for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        case $line in
            '') ;;
            FILE) _files ;;
            FOLDER) _files -/ ;;
            *=$'\t'*) compadd -S '' -- "${line%%$'\t'*}" ;;
            *)
                word=${line%%$'\t'*}
                described+=("${word//:/\\:}:${line#*$'\t'}") ;;
        esac
    done
    (( ${#described} )) && _describe -V pipectl described
}
if [[ ${funcstack[1]} == _pipectl ]]; then
    _pipectl "$@"
else
    compdef _pipectl pipectl
fi
)SH";

constexpr std::string_view kFish = R"SH(# fish completion for pipectl
function __pipectl_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l program $words[1]
    for line in ($program __complete $words[2..-1] 2>/dev/null)
        switch $line
            case FILE
                __fish_complete_path (commandline -ct)
            case FOLDER
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c pipectl -f -a '(__pipectl_complete)'
)SH";

int completions_command(const Given& given) {
    const std::string shell = given.operand(0);
    if (given.operands().empty()) {
        return usage_error(given.command(), "the name of a shell is missing");
    }
    if (shell == "bash") return print(kBash);
    if (shell == "zsh") return print(kZsh);
    if (shell == "fish") return print(kFish);
    const std::vector<std::string> known = {"bash", "zsh", "fish"};
    return usage_error(given.command(), "no completions for '" + shell + "'" +
                                            did_you_mean(shell, known) + "; for " +
                                            quoted_list(known) + " there are");
}

}  // namespace

}  // namespace pipectl
