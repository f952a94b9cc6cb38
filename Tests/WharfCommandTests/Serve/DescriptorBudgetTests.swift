import ImagingPool
import Logging
import Testing
import UploadHTTP

@testable import WharfCommand

@Suite struct DescriptorBudgetTests {
    @Test(arguments: [
        // The usual soft limit, the hard limit of older systems, that of systemd.
        (1024, 12, 304), (4096, 12, 1328), (524_288, 12, 174_725), (112, 0, 16), (114, 0, 16), (115, 0, 17),
        (67, 0, 1), (66, 0, 0), (0, 12, 0), (.max, 12, (.max - 112) / 3),
    ])
    func `a connection needs three descriptors, and the reserve is kept`(limit: Int, threads: Int, connectionsMax: Int)
    {
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
        for (limit, expected) in [(84 + 3 * 4096, 4096), (84 + 3 * 4095, 4095), (87, 1), (.max, 4096)] {
            var settings = settings()
            try settings.keepWithinDescriptors(limit, logger: logger)
            #expect(settings.http.connectionsMax == expected)
        }
    }

    @Test func `a limit without room for one connection is refused with the needed one`() {
        var settings = settings()
        #expect(throws: ServeError(.usage, "the limit of open files is 86, and 87 are needed; raise it (ulimit -n)")) {
            try settings.keepWithinDescriptors(86, logger: logger)
        }
    }

    @Test func `any number of connections may be wished for`() throws {
        var settings = settings()
        settings.http.connectionsMax = .max
        try settings.keepWithinDescriptors(1584, logger: logger)
        #expect(settings.http.connectionsMax == 500)
    }
}
