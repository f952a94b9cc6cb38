import Glibc
import Measuring

/// Runs this program in a child process, whose memory nothing else has used.
enum ChildProcess {
    /// - Returns: Its standard output.
    /// - Throws: If its exit status is not 0.
    static func run(_ arguments: [String]) throws(BenchError) -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchError("cannot make a pipe: errno \(errno)") }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, writing, STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, reading)
        posix_spawn_file_actions_addclose(&actions, writing)

        var words: [UnsafeMutablePointer<CChar>?] = (["engine-bench"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let status = posix_spawn(&child, "/proc/self/exe", &actions, nil, &words, nil)
        close(writing)
        guard status == 0 else { throw BenchError("cannot start this program again: errno \(status)") }

        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(reading, &buffer, buffer.count)
            guard count > 0 else { break }
            output += buffer[..<count]
        }
        var ending: Int32 = 0
        waitpid(child, &ending, 0)
        guard ending == 0 else { throw BenchError("\(arguments.joined(separator: " ")) ended with \(ending)") }
        return String(decoding: output, as: UTF8.self)
    }
}
