import Glibc
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

    @Test(arguments: ["spin", "stubborn"])
    func `an endless loop is ended by its limit, also if it ignores the signal, and is the picture's fault`(
        name: String
    ) async throws {
        let limits = testLimits { $0.computeSeconds = 1 }
        try await withPool(arguments: ["--inject-faults"], limits: limits) { pool in
            let failure = await pool.failure(deriving: fault(name))
            let reason = "deriving the picture takes more than 1 seconds of CPU time"
            #expect(failure == DerivationFailure(.file, reason))
        }
    }

    @Test(arguments: [
        ("openat", "ended with status \(EACCES)"), ("socket", "forbidden system call"),
        ("execve", "forbidden system call"), ("kill", "forbidden system call"),
    ])
    func `a sandboxed process cannot open files, and is killed for sockets, programs and signals`(
        name: String, reason: String
    ) async throws {
        let number = try #require(SystemCall.number(name))
        try await withPool(arguments: ["--inject-faults"], limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: fault("call \(number) -100 path 0"))
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
