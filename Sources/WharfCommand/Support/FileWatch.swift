import DurableFiles
import ServiceLifecycle

/// Reloads files that a server has loaded, such as tokens and certificates, after they were written or replaced.
///
/// Looks at the files at intervals, which also notices changes behind symbolic links and on network file systems.
struct FileWatch: Service {
    let paths: [String]
    /// The versions at the first load. Taken before it, so that no change in between is missed.
    let loaded: [FileVersion?]
    /// Waits for the next look; throws when the task is cancelled.
    let pause: @Sendable () async throws -> Void
    /// Loads the files again.
    let reload: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var changes = FileChanges(loaded)
            while (try? await pause()) != nil {
                let present = await blocking { FileVersion.all(of: paths) }
                if changes.settled(present) { await reload() }
            }
        }
    }
}

extension FileWatch {
    /// A watch that looks at intervals.
    ///
    /// - Parameter loaded: `FileVersion.all(of: paths)` from before the first load.
    /// - Returns: nil for an interval of 0, which permits reloads by SIGHUP only.
    init?(
        _ paths: [String], loaded: [FileVersion?], everyMilliseconds interval: Int64,
        reload: @escaping @Sendable () async -> Void
    ) {
        guard interval > 0 else { return nil }
        self.init(
            paths: paths, loaded: loaded, pause: { try await Task.sleep(for: .milliseconds(interval)) }, reload: reload)
    }
}

/// Decides when changed files are loaded again: once two looks in a row have found the same. Files that are written in
/// place, or one after the other, are complete by then.
struct FileChanges<Version: Equatable & Sendable>: Sendable {
    private var loaded: Version
    private var last: Version

    /// - Parameter loaded: The version that is in use.
    init(_ loaded: Version) {
        self.loaded = loaded
        last = loaded
    }

    /// Records a look.
    ///
    /// - Returns: Whether the present version, which counts as loaded from now on, is to be loaded.
    mutating func settled(_ present: Version) -> Bool {
        defer { last = present }
        guard present == last, present != loaded else { return false }
        loaded = present
        return true
    }
}
