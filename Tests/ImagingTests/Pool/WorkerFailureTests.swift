import ImagingWire
import Testing
import UploadCore

@testable import ImagingPool

/// With a worker that fails on order (`wharf-imaging --rehearse-failures`).
@Suite struct WorkerFailureTests {
    private func order(_ name: String) -> [UInt8] {
        Array("wharf-rehearsal: \(name)\n".utf8)
    }

    @Test(
        "a worker that fails costs one picture and says why",
        arguments: [
            ("crash", "crashed (signal 6)"), ("memory", "MiB of memory"), ("garbage", "answered what cannot be right"),
            ("flood", "answered more than a picture can have"),
        ])
    func costsOne(name: String, reason: String) async throws {
        let limits = testLimits { $0.memoryBytes = 1 << 30 }
        try await withPool(arguments: ["--rehearse-failures"], limits: limits) { pool in
            let failure = await pool.failure(deriving: order(name))
            #expect(failure?.cause == .worker)
            #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
            try await pool.expectUsable()
        }
    }

    @Test("a worker that does nothing is ended by the clock")
    func hang() async throws {
        let limits = testLimits { $0.seconds = 1 }
        try await withPool(arguments: ["--rehearse-failures"], limits: limits) { pool in
            let failure = await pool.failure(deriving: order("hang"))
            #expect(failure == DerivationFailure(.worker, "deriving the picture took more than 1 seconds"))
        }
    }

    @Test("a worker that computes without end is ended by its limit")
    func spin() async throws {
        let limits = testLimits { $0.computeSeconds = 1 }
        try await withPool(arguments: ["--rehearse-failures"], limits: limits) { pool in
            let failure = await pool.failure(deriving: order("spin"))
            let reason = "deriving the picture took more than 1 seconds of computing"
            #expect(failure == DerivationFailure(.worker, reason))
        }
    }

    @Test(
        "the process of a picture cannot open a file, and dies of sockets, programs and processes",
        arguments: [
            ("open", "ended with status 41"), ("socket", "tried what it may not do"),
            ("execute", "tried what it may not do"), ("fork", "tried what it may not do"),
        ])
    func confined(name: String, reason: String) async throws {
        try await withPool(arguments: ["--rehearse-failures"], limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: order(name))
            #expect(failure?.cause == .worker)
            #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
            try await pool.expectUsable()
        }
    }

    @Test("a server's worker takes no orders")
    func noOrders() async throws {
        try await withPool(limits: testLimits()) { pool in
            #expect(await pool.failure(deriving: order("crash"))?.cause == .file)
        }
    }

    @Test("a worker that is killed in the middle costs one picture, and its picture's process ends with it")
    func killed() async throws {
        let limits = testLimits()
        try await withPool(arguments: ["--rehearse-failures"], limits: limits) { pool in
            async let failure = pool.failure(deriving: order("hang"))
            let (worker, child) = try await Processes.busyWorker(of: pool)
            Processes.kill(worker)
            #expect(await failure == DerivationFailure(.worker, "the imaging worker died while it derived the picture"))
            #expect(await Processes.areGone([child]))
            try await pool.expectUsable()
        }
    }

    @Test("a worker that died while it had nothing to do is replaced without anybody noticing")
    func killedIdle() async throws {
        try await withPool(limits: testLimits()) { pool in
            try await pool.expectUsable()
            let worker = try #require(pool.processIds.first)
            Processes.kill(worker)
            #expect(await Processes.areGone([worker]))
            try await pool.expectUsable()
            #expect(pool.processIds != [worker])
        }
    }
}
