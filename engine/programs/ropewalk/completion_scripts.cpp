#include "completion_scripts.hpp"

namespace ropewalk::cli {
namespace {

constexpr std::string_view kBash =
    R"script(# Completion of ropewalk for bash. To use it now:   source <(ropewalk completion bash)
# In every shell:   ropewalk completion bash > ~/.local/share/bash-completion/completions/ropewalk
_ropewalk() {
  local program=${1/#\~/$HOME} line=${COMP_LINE:0:COMP_POINT} words current cut= reply
  # Not COMP_WORDS: bash makes words of '=' and ':', and replaces only what stands behind the last of them.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[${#words[@]}-1]}
  [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && cut=${current%:*}:
  [[ $COMP_WORDBREAKS == *=* && ${current#"$cut"} == *=* ]] && cut=${current%=*}=
  COMPREPLY=()
  while IFS= read -r reply; do
    case $reply in
      :files) compopt -o filenames 2>/dev/null; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${current##*=}") ;;
      :folders) compopt -o filenames 2>/dev/null; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${current##*=}") ;;
      *) [[ $reply == *= ]] && compopt -o nospace 2>/dev/null; COMPREPLY+=("${reply#"$cut"}") ;;
    esac
  done < <("$program" __complete "${words[@]:1}" 2>/dev/null)
}
complete -F _ropewalk ropewalk
)script";

constexpr std::string_view kZsh = R"script(#compdef ropewalk
# Completion of ropewalk for zsh. To use it now:   source <(ropewalk completion zsh)
# In every shell:   ropewalk completion zsh > _ropewalk   in a folder of $fpath
_ropewalk() {
  local reply files= folders=
  local -a whole open
  for reply in "${(@f)$(${(Q)words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $reply in
      '') ;;
      :files) files=yes ;;
      :folders) folders=yes ;;
      *=) open+=("$reply") ;;
      *) whole+=("$reply") ;;
    esac
  done
  (( $#whole )) && compadd -- "${whole[@]}"
  (( $#open )) && compadd -S '' -- "${open[@]}"
  if [[ -n $files$folders ]]; then
    compset -P '*='
    [[ -n $files ]] && _files || _files -/
  fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _ropewalk "$@"; else compdef _ropewalk ropewalk; fi
)script";

constexpr std::string_view kFish =
    R"script(# Completion of ropewalk for fish. To use it now:   ropewalk completion fish | source
# In every shell:   ropewalk completion fish > ~/.config/fish/completions/ropewalk.fish
function __ropewalk_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for reply in ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
        switch $reply
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                echo $reply
        end
    end
end
complete -c ropewalk -f -a '(__ropewalk_complete)'
)script";

}  // namespace

std::optional<std::string_view> completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  if (shell == "fish") return kFish;
  return std::nullopt;
}

}  // namespace ropewalk::cli
