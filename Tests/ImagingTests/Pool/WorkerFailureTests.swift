import ImagingWire
import Testing
import UploadCore
import UploadDerivation
import UploadMemories

@testable import ImagingPool

/// Workers that fail on request (`wharf-imaging --inject-faults`).
@Suite struct WorkerFailureTests {
    private func fault(_ name: String) -> [UInt8] {
        Array("wharf-fault: \(name)\n".utf8)
    }

    @Test(arguments: [
        ("crash", "crashed (signal 6)"), ("memory", "MiB of memory"), ("garbage", "reply is malformed"),
        ("flood", "reply is too long"),
    ])
    func `a worker's failure costs one picture and has a reason`(name: String, reason: String) async throws {
        let limits = testLimits { $0.memoryBytes = 1 << 30 }
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            let failure = await pool.failure(deriving: fault(name))
            #expect(failure?.cause == .worker)
            #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
            try await pool.expectUsable()
        }
    }

    @Test func `a hanging worker is ended by the time limit`() async throws {
        let limits = testLimits { $0.seconds = 1 }
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            let failure = await pool.failure(deriving: fault("hang"))
            #expect(failure == DerivationFailure(.worker, "deriving the picture took more than 1 seconds"))
        }
    }

    @Test func `a worker in an endless loop is ended by its limit`() async throws {
        let limits = testLimits { $0.computeSeconds = 1 }
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            let failure = await pool.failure(deriving: fault("spin"))
            let reason = "deriving the picture took more than 1 seconds of CPU time"
            #expect(failure == DerivationFailure(.worker, reason))
        }
    }

    @Test(arguments: [
        ("open", "ended with status 41"), ("socket", "forbidden system call"),
        ("execute", "forbidden system call"), ("fork", "forbidden system call"),
    ])
    func `a sandboxed process cannot open files, and is killed for sockets, programs and processes`(
        name: String, reason: String
    ) async throws {
        try await withPool(arguments: ["--inject-faults"], limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: fault(name))
            #expect(failure?.cause == .worker)
            #expect(failure?.reason.contains(reason) == true, "\(failure?.reason ?? "")")
            try await pool.expectUsable()
        }
    }

    @Test func `a server's worker injects no faults`() async throws {
        try await withPool(limits: testLimits()) { pool in
            #expect(await pool.failure(deriving: fault("crash"))?.cause == .file)
        }
    }

    @Test func `a killed worker costs one picture, and its child ends with it`()
        async throws
    {
        let limits = testLimits()
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            async let failure = pool.failure(deriving: fault("hang"))
            let (worker, child) = try await Processes.busyWorker(of: pool)
            Processes.kill(worker)
            #expect(await failure == DerivationFailure(.worker, "the imaging worker died"))
            #expect(await Processes.areGone([child]))
            try await pool.expectUsable()
        }
    }

    @Test func `a worker that died while idle is replaced transparently`() async throws {
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
