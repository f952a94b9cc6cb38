import ImagingPool
import Logging
import Testing
import UploadHTTP

@testable import WharfCommand

@Suite struct DescriptorBudgetTests {
    @Test(arguments: [
        // The usual soft limit, the hard limit of older systems, that of systemd.
        (1024, 12, 228), (4096, 12, 996), (524_288, 12, 131_044), (128, 0, 16), (131, 0, 16), (132, 0, 17),
        (68, 0, 1), (67, 0, 0), (0, 12, 0), (.max, 12, (.max - 112) / 4),
    ])
    func `a connection needs four descriptors, and the reserve is kept`(limit: Int, threads: Int, connectionsMax: Int) {
        let budget = DescriptorBudget(limit: limit, threads: threads)
        #expect(budget.connectionsMax == connectionsMax)
        if connectionsMax > 0 {
            #expect(budget.limit(for: connectionsMax) <= limit)
            #expect(budget.limit(for: connectionsMax + 1) > limit || limit == .max)
        }
    }

    private func settings() -> ServerSettings {
        var settings = ServerSettings()
        settings.eventLoopThreads = 1
        settings.threads = 2
        settings.imagingLimits.workers = 1
        return settings
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `connections are lowered to what the limit permits, and only then`() throws {
        for (limit, expected) in [(84 + 4 * 4096, 4096), (84 + 4 * 4095, 4095), (88, 1), (.max, 4096)] {
            var settings = settings()
            try settings.keepWithinDescriptors(limit, logger: logger)
            #expect(settings.http.connectionsMax == expected)
        }
    }

    @Test func `a limit without room for one connection is refused with the needed one`() {
        var settings = settings()
        #expect(throws: ServeError(.usage, "the limit of open files is 87, and 88 are needed; raise it (ulimit -n)")) {
            try settings.keepWithinDescriptors(87, logger: logger)
        }
    }

    @Test func `any number of connections may be wished for`() throws {
        var settings = settings()
        settings.http.connectionsMax = .max
        try settings.keepWithinDescriptors(2084, logger: logger)
        #expect(settings.http.connectionsMax == 500)
    }
}
