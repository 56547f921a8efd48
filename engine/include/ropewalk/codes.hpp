#pragma once
// The codes of all diagnostics that Ropewalk explains. A code is a contract and is never reused.
// W1xx: the file and its YAML. W2xx: names and values in it. W3xx: expressions. P: plugins. C: the command line.
// R: problems that appear only at run time. Each code has an explanation in src/codes; a test reports missing ones.

namespace ropewalk::codes {

// --- W: the workflow ---
inline constexpr const char* kUnreadableFile = "W101";      ///< no such file, no permission, an error while reading
inline constexpr const char* kNotAFile = "W102";            ///< a folder, a FIFO, a device
inline constexpr const char* kFileTooLarge = "W103";        ///< more than 1 MiB
inline constexpr const char* kEmptyFile = "W104";           ///< nothing in it, or only comments
inline constexpr const char* kBadEncoding = "W105";         ///< not UTF-8, UTF-16
inline constexpr const char* kControlCharacter = "W106";    ///< NUL, escape, bidirectional marks
inline constexpr const char* kYamlSyntax = "W107";          ///< the text is not YAML
inline constexpr const char* kTabIndent = "W108";           ///< a tab in front of a key
inline constexpr const char* kUnclosedQuote = "W109";       ///< the end of a quoted text is missing
inline constexpr const char* kAlias = "W110";               ///< &anchor, *alias
inline constexpr const char* kTag = "W111";                 ///< !!tag
inline constexpr const char* kMergeKey = "W112";            ///< <<
inline constexpr const char* kDuplicateKey = "W113";        ///< a key twice in one map
inline constexpr const char* kSecondDocument = "W114";      ///< or anything else behind the first
inline constexpr const char* kTooDeep = "W115";             ///< lists and maps within each other
inline constexpr const char* kTooManyNodes = "W116";        ///< more keys and values than a file may have
inline constexpr const char* kUnquotedExpression = "W117";  ///< {path: ${{ item }}}
inline constexpr const char* kUnknownTask = "W201";         ///< the plugin has no such task type
inline constexpr const char* kUnknownParameter = "W202";    ///< of a task
inline constexpr const char* kMissingParameter = "W203";    ///< a required one
inline constexpr const char* kWrongType = "W204";           ///< a value of another type than the key or parameter takes
inline constexpr const char* kOutOfRange = "W205";          ///< below min, above max, workers: 0
inline constexpr const char* kNotAChoice = "W206";          ///< a value that is not one of those that are allowed
inline constexpr const char* kUnknownKey = "W207";          ///< the language has no such key there
inline constexpr const char* kMissingKey = "W208";          ///< a key that must be there
inline constexpr const char* kWrongForm = "W209";           ///< a list where a map belongs, a key without a value
inline constexpr const char* kBadName = "W210";             ///< a name with other characters than names have
inline constexpr const char* kDuplicateName = "W211";       ///< two stages of one name
inline constexpr const char* kUnknownExecutor = "W212";     ///< there is no such executor
inline constexpr const char* kWorkersWithSerial =
    "W213";                                              ///< or per_host, drift, with an executor without use for them
inline constexpr const char* kNotThreadSafe = "W214";    ///< a task type that cannot run on threads
inline constexpr const char* kLanguageVersion = "W216";  ///< ropewalk: 2
inline constexpr const char* kTooManyItems = "W217";     ///< more tasks than a stage may have
inline constexpr const char* kUnusedDefault = "W218";    ///< a key of defaults.with that no stage takes
inline constexpr const char* kStdinTwice = "W219";       ///< two readers of standard input
inline constexpr const char* kLimitNotHeld = "W220";     ///< limits.cpu_time on threads
inline constexpr const char* kHeldForHost = "W221";      ///< a warning: a limit shared by the tasks of one host
inline constexpr const char* kTimeoutOnThread = "W222";  ///< a warning: the task can only be requested to stop
inline constexpr const char* kExclusiveParameters = "W223";  ///< two parameters of which the task takes one
inline constexpr const char* kFitsNothing = "W224";          ///< an exclude of a matrix
inline constexpr const char* kUnusedItems = "W225";          ///< a warning: each task of the stage does the same
inline constexpr const char* kShortSecret = "W226";          ///< a warning: too short to be hidden inside a word
inline constexpr const char* kWorkersBeyondMeans = "W227";   ///< a warning: more processes than the machine can run
inline constexpr const char* kPythonForLibrary = "W228";     ///< python for a plugin that is a shared library
inline constexpr const char* kCycle = "W230";             ///< stages waiting for each other, files including each other
inline constexpr const char* kNothingToWaitFor = "W231";  ///< after: failure of a stage without needs
inline constexpr const char* kBadVersionRange = "W232";   ///< no range of versions, as `requires` takes it
inline constexpr const char* kOtherVersion = "W233";      ///< requires: {ropewalk: ">=2"}
inline constexpr const char* kTooManyIncludes = "W234";   ///< or nested too deep
inline constexpr const char* kExpressionSyntax = "W301";  ///< the text between ${{ and }} is no expression
inline constexpr const char* kUnknownName = "W302";       ///< ${{ parms.x }}
inline constexpr const char* kUnknownParam = "W303";      ///< ${{ params.x }} that the workflow does not declare
inline constexpr const char* kUnknownStage = "W304";      ///< an expression names a stage that is not there
inline constexpr const char* kLaterStage = "W305";        ///< a stage reads its own results
inline constexpr const char* kUnknownField = "W306";      ///< of a result or an item
inline constexpr const char* kNoItemHere = "W307";        ///< item or index in a place without them
inline constexpr const char* kNoValue = "W308";           ///< an expression that cannot be evaluated
inline constexpr const char* kWrongArguments = "W309";    ///< too few or too many arguments of a function
inline constexpr const char* kUnknownVar = "W310";        ///< ${{ vars.x }}
inline constexpr const char* kNoResultHere = "W311";      ///< `result` outside of outputs
inline constexpr const char* kTooLargeVar = "W313";       ///< a var whose value is too large
inline constexpr const char* kWrongReader = "W312";       ///< a var or an output that reads something unavailable to it
inline constexpr const char* kUnsetVariable = "W314";     ///< ${{ env.X }} that is not set and has no `??`
inline constexpr const char* kNoAttemptHere = "W315";     ///< attempt or previous in a place without them

// --- P: plugins ---
inline constexpr const char* kPluginNotFound = "P101";        ///< no such file in the folders that are searched
inline constexpr const char* kPluginNotAFile = "P102";        ///< a folder, FIFO, device, ... or unreadable
inline constexpr const char* kPluginNotElf = "P103";          ///< not a shared library
inline constexpr const char* kPluginTruncated = "P104";       ///< cut short or damaged
inline constexpr const char* kPluginMachine = "P105";         ///< built for another machine
inline constexpr const char* kPluginNoEntry = "P106";         ///< a library that is not a plugin
inline constexpr const char* kPluginAbi = "P107";             ///< another version of the plugin ABI
inline constexpr const char* kPluginUntrusted = "P108";       ///< another user could have changed it
inline constexpr const char* kPluginUnsafe = "P109";          ///< would weaken the process that loads it
inline constexpr const char* kPluginDoesNotLoad = "P110";     ///< a missing library or symbol
inline constexpr const char* kPluginDiesLoading = "P111";     ///< the process that loaded it died
inline constexpr const char* kPluginHangsLoading = "P112";    ///< loading did not finish in time
inline constexpr const char* kPluginBadDescription = "P113";  ///< its description is impossible
inline constexpr const char* kPluginVersion = "P114";         ///< not the version that the workflow requires
inline constexpr const char* kPluginChanged = "P115";         ///< its file has changed since the run was planned
inline constexpr const char* kPluginNotTrusted = "P116";      ///< in an untrusted folder
inline constexpr const char* kPluginAmbiguous = "P117";       ///< a shipped or another linked plugin has that name
inline constexpr const char* kLinkedPluginUnusable = "P118";  ///< its program cannot be started again to run it
inline constexpr const char* kNoPython = "P119";              ///< no interpreter that can run it

// --- C: the command line ---
inline constexpr const char* kUnknownCommand = "C101";      ///< ropewalk rnu
inline constexpr const char* kUnknownOption = "C102";       ///< --jsn
inline constexpr const char* kMissingArgument = "C103";     ///< an option without its value, a command without its file
inline constexpr const char* kBadOptionValue = "C104";      ///< -j many
inline constexpr const char* kExtraArgument = "C105";       ///< run a.yaml b.yaml
inline constexpr const char* kOptionNotYet = "C106";        ///< designed, but not in this version
inline constexpr const char* kStdoutTwice = "C107";         ///< two outputs want stdout
inline constexpr const char* kCannotWriteOutput = "C108";   ///< --results or --events cannot be opened
inline constexpr const char* kUnknownCode = "C109";         ///< explain W999
inline constexpr const char* kBorrowedRights = "C110";      ///< the program's file is setuid or setgid
inline constexpr const char* kForeignPlaceholder = "C111";  ///< map ... -- echo {.}
inline constexpr const char* kUnusedMapItems = "C112";      ///< map --lines - -- echo hi
inline constexpr const char* kNoFolder = "C113";            ///< --plugins or trust of a missing folder
inline constexpr const char* kOutputIsInput = "C114";       ///< --results photos.yaml
inline constexpr const char* kCannotTrust = "C115";         ///< trust of a folder that other users may change
inline constexpr const char* kUnknownRun = "C116";          ///< show quiet-oter
inline constexpr const char* kAmbiguousRun = "C117";        ///< show q, and two runs begin with q
inline constexpr const char* kUnrecordedTask = "C118";      ///< why latest hash/99 of a run without such a task
inline constexpr const char* kRecordedPlan = "C119";  ///< why or repro of a run whose workflow cannot be planned again
inline constexpr const char* kCannotMake = "C120";    ///< new: a name that exists already
inline constexpr const char* kNoComparison = "C121";  ///< report of a file that 'compare --json' has not written
inline constexpr const char* kUnknownSetting = "C201";         ///< --set of a param that the workflow does not have
inline constexpr const char* kBadSetting = "C202";             ///< --set width=wide
inline constexpr const char* kMissingSetting = "C203";         ///< a required param without --set
inline constexpr const char* kUnknownStageOption = "C204";     ///< --executor STAGE=E or --stage of an unknown stage
inline constexpr const char* kUnknownExecutorOption = "C205";  ///< --executor names none
inline constexpr const char* kExecutorNotThreadSafe = "C206";  ///< --executor thread for a task type without threads
inline constexpr const char* kWorkersIgnored = "C207";         ///< a warning: workers with --executor serial
inline constexpr const char* kExecutorLimitNotHeld = "C208";   ///< --executor thread for a stage with limits.cpu_time
inline constexpr const char* kUnknownVariable = "C209";        ///< a warning: ROPEWALK_PARAM_WIDHT

// --- R: running ---
inline constexpr const char* kNoWarden = "R101";        ///< the warden cannot be started
inline constexpr const char* kNoHost = "R102";          ///< a host cannot be started
inline constexpr const char* kNoBoardMemory = "R103";   ///< no memory for a board
inline constexpr const char* kHostsKilled = "R104";     ///< every host is killed from outside before it begins a task
inline constexpr const char* kSmallStack = "R105";      ///< the stack limit is too small and cannot be raised
inline constexpr const char* kNoProcFiles = "R106";     ///< a warning: /proc is not mounted
inline constexpr const char* kProgramVersion = "R110";  ///< host or warden of another version than the engine
inline constexpr const char* kBadParameterValue = "R201";  ///< a task's parameters cannot be made from its item
inline constexpr const char* kItemsUnreadable = "R202";    ///< no such file or folder behind foreach
inline constexpr const char* kBadItems = "R203";           ///< foreach gives no list, or too many items
inline constexpr const char* kBadPattern = "R204";         ///< an invalid glob pattern
inline constexpr const char* kBadOutput = "R205";          ///< an output cannot be made from a task's result
inline constexpr const char* kBadCondition = "R206";       ///< an `if` that cannot be evaluated
inline constexpr const char* kNoRecord = "R301";           ///< no record there, or it cannot be opened
inline constexpr const char* kRecordForeign = "R302";      ///< a file that is no record
inline constexpr const char* kRecordDamaged = "R303";      ///< cut short, or its pages are not what they were
inline constexpr const char* kRecordVersion = "R304";      ///< written by a newer version
inline constexpr const char* kRecordInUse = "R305";        ///< another engine works on the run
inline constexpr const char* kRecordUnwritable = "R306";   ///< a record cannot be begun or written on
inline constexpr const char* kRecordOtherWorkflow =
    "R307";                                            ///< resume of a run none of whose stages is in the workflow now
inline constexpr const char* kRunStillAlive = "R308";  ///< resume while processes of the old run are alive
inline constexpr const char* kEngineBusy = "R401";     ///< Engine::start() or run() while a run of the engine goes on
inline constexpr const char* kRunIsOver = "R402";      ///< Run::step() or wait() after wait()
inline constexpr const char* kNoEventDescriptor = "R403";  ///< Run::fd() in a program that has no descriptor left
inline constexpr const char* kValueUnlike = "R410";        ///< Value::get() of another type, or of no field
inline constexpr const char* kPoolTakesNone = "R411";      ///< a task for a pool that is closed, stopped or gone
inline constexpr const char* kOtherThread = "R412";        ///< a pool or a future is used from another thread
inline constexpr const char* kPoolInTurn = "R413";         ///< an observer waits for its own run or pool
inline constexpr const char* kBadFuture = "R414";          ///< a future without a task, or futures of several engines
inline constexpr const char* kPoolBroken = "R415";         ///< the processes of a pool cannot go on
inline constexpr const char* kBadArguments = "R416";  ///< arguments or options of a pool that contradict each other
inline constexpr const char* kEngineInHost = "R417";  ///< an engine in a host that still constructs static objects

}  // namespace ropewalk::codes
