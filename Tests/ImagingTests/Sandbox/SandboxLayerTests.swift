import Glibc
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

@testable import ImagingPool

/// The layers of the sandbox, each without the others, and what happens where one is missing.
@Suite struct SandboxLayerTests {
    private static let isRoot = geteuid() == 0

    /// The layers of this machine, which may have an older kernel.
    private func layers(_ arguments: [String] = []) async throws -> SandboxLayers {
        try await withPool(arguments: arguments, limits: testLimits()) { try await $0.check() }
    }

    /// What procfs says about the process of a picture, by field.
    private func status(of process: pid_t) -> [String: [String]] {
        let lines = Processes.text("/proc/\(process)/status").split(separator: "\n")
        return Dictionary(
            lines.map { line in
                let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }.map(String.init)
                return (words[0], Array(words.dropFirst()))
            }
        ) { first, _ in first }
    }

    @Test func `the process of a picture has no user, group, capability or privilege`() async throws {
        try await withPool(arguments: ["--inject-faults"], limits: testLimits()) { pool in
            let busy = Task { await pool.failure(deriving: Array("wharf-fault: hang".utf8)) }
            let (_, child) = try await Processes.busyWorker(of: pool)
            // The process enters the sandbox before it hangs; the filter is the last step.
            let isInside = await Processes.wait { status(of: child)["Seccomp"] == ["2"] }
            try #require(isInside)
            let found = status(of: child)
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                #expect(found[set] == ["0000000000000000"], "\(set)")
            }
            #expect(found["NoNewPrivs"] == ["1"])
            let uid = Self.isRoot ? "65534" : "\(geteuid())"
            #expect(found["Uid"] == [uid, uid, uid, uid])
            if Self.isRoot {
                #expect(found["Gid"] == ["65534", "65534", "65534", "65534"])
                #expect(found["Groups"] == [])
                let limits = Processes.text("/proc/\(child)/limits").split(separator: "\n")
                let tasks = limits.first { $0.hasPrefix("Max processes") }?.split(separator: " ")
                #expect(tasks?.dropFirst(2).first.flatMap { Int($0) }.map { $0 <= 4096 } == true)
                // Nothing that is mapped can be written to and executed before a library compiles something.
                let maps = Processes.text("/proc/\(child)/maps")
                #expect(maps.contains(" r-xp ") && !maps.contains(" rwx"))
            }
            busy.cancel()
            _ = await busy.value
        }
    }

    @Test func `a photo that only the server's user may open is decoded`() async throws {
        let bytes = try Chart.picture().saved("jpegsave_buffer")
        var path = Array("/tmp/wharf-photo-XXXXXX".utf8CString)
        let writing = mkstemp(&path)
        try #require(writing >= 0 && fchmod(writing, 0o600) == 0)
        let written = bytes.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
        let file = try OpenedFile(path)
        unlink(path)
        close(writing)
        try #require(written == bytes.count)
        defer { file.close() }
        let source = PhotoSource(size: UInt64(bytes.count), file: file) { _ throws(UploadError) in
            throw UploadError(.unavailable(detail: "unexpected read"))
        }
        for policy in SandboxPolicy.allCases {
            var limits = testLimits()
            limits.sandbox = policy
            let photo = try await withPool(limits: limits) { try await $0.derive(source) }
            #expect(photo.width == 400)
        }
    }

    @Test func `both policies make the same pictures`() async throws {
        let picture = try Chart.picture(width: 3000, height: 2000).saved("pngsave_buffer")
        var sizes: [[UInt32]] = []
        for policy in SandboxPolicy.allCases {
            var limits = testLimits()
            limits.sandbox = policy
            let photo = try await withPool(limits: limits) { try await $0.derive(picture) }
            sizes.append([photo.width, photo.height, photo.display.width, photo.thumb.height])
        }
        #expect(sizes[0] == [3000, 2000, 2048, 341] && sizes[0] == sizes[1])
    }

    // MARK: - Layers by themselves

    @Test func `Landlock alone denies every path, and signals to the worker where the kernel can`() async throws {
        let layers = try await layers()
        try #require(layers.contains(.landlock), "a kernel with Landlock is needed")
        let openat = try #require(SystemCall.number("openat"))
        let kill = try #require(SystemCall.number("kill"))
        let fcntl = try #require(SystemCall.number("fcntl"))
        let arguments = ["--without-seccomp", "--without-user"]
        let calls = ["\(openat) -100 path 0", "\(kill) parent 0", "\(kill) self 0", "\(fcntl) 4 8 parent"]
        let outcomes = try await SandboxProbe.outcomes(of: calls, arguments: arguments)
        #expect(outcomes[0] == .refused(EACCES))
        #expect(outcomes[1] == (layers.contains(.signalScope) ? .refused(EPERM) : .made))
        #expect(outcomes[2...] == [.made, .made])
    }

    @Test(.enabled(if: isRoot)) func `the unprivileged user alone cannot signal the worker`() async throws {
        let kill = try #require(SystemCall.number("kill"))
        let arguments = ["--without-seccomp", "--without-landlock"]
        let calls = ["\(kill) parent 0", "\(kill) self 0"]
        let outcomes = try await SandboxProbe.outcomes(of: calls, arguments: arguments)
        #expect(outcomes == [.refused(EPERM), .made])
    }

    // MARK: - Missing layers

    @Test(
        arguments: [
            ("--without-user", SandboxLayers.user), ("--without-landlock", [.landlock, .signalScope]),
            ("--without-seccomp", .seccomp),
        ] as [(String, SandboxLayers)])
    func `a layer that is missing is reported, and refuses every picture if it is required`(
        argument: String, missing: SandboxLayers
    ) async throws {
        let present = try await layers()
        #expect(present.isSuperset(of: [.user, .seccomp]))
        let picture = try Chart.picture(width: 64, height: 48).saved("jpegsave_buffer")
        for policy in SandboxPolicy.allCases {
            var limits = testLimits()
            limits.sandbox = policy
            try await withPool(arguments: [argument], limits: limits) { pool in
                let found = try await pool.check()
                #expect(found == present.subtracting(missing))
                if policy.required.isDisjoint(with: missing) {
                    let photo = try await pool.derive(picture)
                    #expect(photo.width == 64)
                } else {
                    let reason = "the imaging worker cannot sandbox itself on this system"
                    #expect(await pool.failure(deriving: picture) == DerivationFailure(.unavailable, reason))
                }
            }
        }
    }

    @Test(
        .enabled(if: isRoot && access("/usr/bin/setpriv", X_OK) == 0),
        arguments: [
            (["--reuid=12345", "--regid=12345", "--clear-groups"], true),
            // As in a container whose root has no capabilities, or not that of ending the processes of others.
            (["--bounding-set=-all"], false), (["--bounding-set=-kill"], false), (["--bounding-set=-setuid"], false),
        ])
    func `another user gives up its capabilities, and a root that cannot change its user reports it`(
        options: [String], hasUser: Bool
    ) async throws {
        let worker = try #require(WorkerExecutable.find(path: nil))
        let arguments = options + [worker, "--inject-faults"]
        let child = try await withPool(starter: "/usr/bin/setpriv", arguments: arguments, limits: testLimits()) {
            pool in
            #expect(try await pool.check().contains(.user) == hasUser)
            try await pool.expectUsable()
            let busy = Task { await pool.failure(deriving: Array("wharf-fault: hang".utf8)) }
            let (_, child) = try await Processes.busyWorker(of: pool)
            #expect(await Processes.wait { status(of: child)["Seccomp"] == ["2"] })
            #expect(status(of: child)["CapEff"] == ["0000000000000000"])
            busy.cancel()
            _ = await busy.value
            return child
        }
        #expect(await Processes.areGone([child]))
    }
}

/// A file that is opened for reading.
private final class OpenedFile: OpenFile {
    let descriptor: Int32

    init(_ path: [CChar]) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
    }

    func prepare(_ range: Range<UInt64>) async {}

    func close() {
        Glibc.close(descriptor)
    }
}
