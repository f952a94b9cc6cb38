import DurableFiles
import Glibc
import Testing

@testable import ImagingPool

/// The processes of a pool, from procfs.
enum Processes {
    static func kill(_ process: pid_t) {
        _ = Glibc.kill(process, SIGKILL)
    }

    /// Waits until the pool's one worker has a process for a picture.
    static func busyWorker(
        of pool: ImagingPool, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (worker: pid_t, child: pid_t) {
        for _ in 0..<patience {
            if let worker = pool.processIds.first, let child = children(of: worker).first { return (worker, child) }
            await pause()
        }
        try #require(Bool(false), "no worker became busy", sourceLocation: sourceLocation)
        return (0, 0)
    }

    /// Waits until a worker has a process for a picture.
    static func child(of worker: pid_t, sourceLocation: SourceLocation = #_sourceLocation) async throws -> pid_t {
        _ = await wait { !children(of: worker).isEmpty }
        return try #require(children(of: worker).first, "the worker is not busy", sourceLocation: sourceLocation)
    }

    /// Waits until they have ended, reaped or not.
    static func areGone(_ processes: [pid_t]) async -> Bool {
        await wait { processes.allSatisfy { state(of: $0) == nil || state(of: $0) == "Z" } }
    }

    static func children(of parent: pid_t) -> [pid_t] {
        text("/proc/\(parent)/task/\(parent)/children").split(separator: " ").compactMap { pid_t($0) }
    }

    private static func state(of process: pid_t) -> Character? {
        // The name before it is in parentheses and may contain anything.
        text("/proc/\(process)/stat").split(separator: ")").last?.first { $0 != " " }
    }

    /// The content of a file; empty if it cannot be read.
    static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var (text, buffer): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 4096))
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { text += buffer.prefix(count) }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: - Waiting

    private static let patience = 3000

    static func wait(until isTrue: () -> Bool) async -> Bool {
        for _ in 0..<patience {
            if isTrue() { return true }
            await pause()
        }
        return isTrue()
    }

    /// Lets others run for about ten milliseconds, on a thread that may wait.
    private static func pause() async {
        await withUnsafeContinuation { continuation in
            pausing.submit {
                _ = poll(nil, 0, 10)
                continuation.resume()
            }
        }
    }

    private static let pausing = ThreadPool(name: "pause", threads: 1)
}
