import ClusterSimulation
import Glibc
import UploadSimulation

// Runs histories until the time is up, or the single history of `--seed`: `wharf-simulate [--cluster] [--seconds N] [--from
// SEED] [--seed SEED] [--until-failure]`.

// The order of Swift's hash tables, which differs from process to process, is a part of a history.
if getenv("SWIFT_DETERMINISTIC_HASHING") == nil {
    setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    perror("wharf-simulate cannot start itself again")
    exit(1)
}

func number(after flag: String) -> UInt64? {
    let arguments = CommandLine.arguments
    guard let index = arguments.firstIndex(of: flag), index + 1 < arguments.count else { return nil }
    return UInt64(arguments[index + 1])
}

func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

let isOfClusters = CommandLine.arguments.contains("--cluster")

func play(_ seed: UInt64) -> History.Outcome? {
    do {
        return isOfClusters ? try ClusterHistory(seed: seed).run() : try History(seed: seed).run()
    } catch {
        say("\(error)")
        return nil
    }
}

if let seed = number(after: "--seed") {
    guard let outcome = play(seed) else { exit(1) }
    say("seed \(seed) holds: \(outcome)")
    exit(0)
}

let seconds = number(after: "--seconds") ?? 60
var seed = number(after: "--from") ?? UInt64(time(nil)) << 20
let first = seed
let end = time(nil) + Int(seconds)
var (failures, crashes, steps) = (0, 0, 0)
while time(nil) < end {
    if let outcome = play(seed) {
        crashes += outcome.crashes
        steps += outcome.steps
    } else {
        failures += 1
        if CommandLine.arguments.contains("--until-failure") { break }
    }
    seed += 1
}
// Histories of clusters do not count what happens to their nodes.
let crashCount = isOfClusters ? "" : " \(crashes) crashes,"
let what = isOfClusters ? "histories of clusters" : "histories"
say("\(seed - first) \(what) from seed \(first),\(crashCount) \(steps) steps, \(failures) failures")
exit(failures == 0 ? 0 : 1)
