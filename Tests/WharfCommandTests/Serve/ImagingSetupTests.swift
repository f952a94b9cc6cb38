import Glibc
import ImagingPool
import ImagingWire
import Logging
import SessionCore
import Testing
import UploadTestKit

@testable import WharfCommand

/// A server's start on systems without a layer of the sandbox.
@Suite(.enabled(if: WorkerExecutable.find(path: nil) != nil, "wharf-imaging is not built"))
struct ImagingSetupTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Opens a pool whose worker lacks a layer.
    ///
    /// - Returns: Whether it derives, and what was logged.
    private func open(
        lacking layer: String?, _ policy: SandboxPolicy, video: ImagingChoice = .off
    ) async throws -> (derives: Bool, lines: [String]) {
        let worker = try #require(WorkerExecutable.find(path: nil))
        let script = directory.path + "/" + WorkerExecutable.name
        let flag = layer.map { "--without-\($0)" } ?? ""
        try TestFiles.write("#!/bin/sh\nexec \(worker) \(flag)\n".utf8, to: script)
        try #require(chmod(script, 0o700) == 0)
        var settings = ServerSettings()
        settings.data = directory.path
        settings.imaging = .executable(path: script)
        settings.imagingVideo = video
        settings.imagingLimits.sandbox = policy
        let (lines, log) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "test") { _ in
            LineLogHandler(
                format: .text, level: SharedLogLevel(.info), now: { Timestamp(milliseconds: 0) },
                write: { log.yield($0) })
        }
        defer { log.finish() }
        let pool = try await ImagingPool.open(settings, path: nil, logger: logger)
        await pool?.close()
        log.finish()
        return (pool != nil, await lines.reduce(into: []) { $0.append($1) })
    }

    @Test(arguments: [("landlock", "Landlock"), ("user", "an unprivileged user")])
    func `a missing layer is logged, and required it stops the start of an explicit worker`(
        layer: String, name: String
    ) async throws {
        let opened = try await open(lacking: layer, .available)
        #expect(opened.derives)
        let warning = opened.lines.first { $0.contains("level=warning") }
        #expect(warning?.contains("photos are decoded in an incomplete sandbox") == true, "\(opened.lines)")
        #expect(warning?.contains(name) == true)
        let failure = await #expect(throws: ServeError.self) {
            try await open(lacking: layer, .require)
        }
        #expect(failure?.status == .usage)
        let says = failure?.description ?? ""
        #expect(says.contains("this system has no sandbox with \(name)"), "\(says)")
    }

    @Test func `posters of videos can be turned off, and a worker that is named must work`() async throws {
        let off = try await open(lacking: nil, .available)
        #expect(off.derives)
        #expect(off.lines.contains { $0.contains("posters of videos are off: disabled by the settings") })
        let failure = await #expect(throws: ServeError.self) {
            try await open(lacking: nil, .available, video: .executable(path: "/bin/true"))
        }
        #expect(failure?.status == .usage)
        #expect(failure?.description.contains("imaging-video: /bin/true exited without a handshake") == true)
    }

    @Test func `posters of videos are on with a worker for them, and their sandbox is checked, too`() async throws {
        guard let worker = WorkerExecutable.find(WorkerExecutable.videoName, path: nil) else { return }
        let on = try await open(lacking: nil, .available, video: .executable(path: worker))
        #expect(on.derives && on.lines.contains { $0.contains("posters of videos are on") }, "\(on.lines)")
        let script = directory.path + "/video"
        try TestFiles.write("#!/bin/sh\nexec \(worker) --without-seccomp\n".utf8, to: script)
        try #require(chmod(script, 0o700) == 0)
        let failure = await #expect(throws: ServeError.self) {
            try await open(lacking: nil, .available, video: .executable(path: script))
        }
        #expect(failure?.description.contains("no sandbox with seccomp") == true)
    }

    @Test func `without seccomp nothing starts, whatever is required`() async throws {
        for policy in SandboxPolicy.allCases {
            let failure = await #expect(throws: ServeError.self) {
                try await open(lacking: "seccomp", policy)
            }
            #expect(failure?.description.contains("no sandbox with seccomp") == true)
        }
    }
}
