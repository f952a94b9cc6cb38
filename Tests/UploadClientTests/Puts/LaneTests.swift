import NativeWire
import Testing
import UploadClient
import UploadTestKit

@Suite struct LaneTests {
    @Test func `no more requests are sent at once than permitted, whoever sends them`() async throws {
        let fixture = try Fixture()
        let gauge = Gauge()
        fixture.server.fail { _ in
            gauge.enter()
            for _ in 0..<20 { await Task.yield() }
            gauge.leave()
            return nil
        }
        let client = try fixture.client(requestsMax: 2)
        let paths = try (0..<4).map { try fixture.write(content(5000), to: "file-\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in paths { group.addTask { _ = try await client.put(.file(path: path)) } }
            try await group.waitForAll()
        }
        #expect(gauge.highest == 2)
    }

    @Test func `a call that is cancelled while it waits for a lane leaves the lane to others`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client(requestsMax: 1)
        fixture.server.addBlob(content(10))
        fixture.server.fail { call in
            guard call.count == 1 else { return nil }
            // Holds the only lane while another call waits for it, is cancelled and ends.
            let waiting = Task { try await client.meta("blob") }
            for _ in 0..<20 { await Task.yield() }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            return nil
        }
        _ = try await client.meta("blob")
        _ = try await client.meta("blob")
        #expect(fixture.server.calls.count == 2)
    }

    @Test func `bodies keep the rate limit together`() async throws {
        let fixture = try Fixture(chunkSize: 100_000)
        let bytes = content(500_000)
        let path = try fixture.write(bytes)
        let client = try fixture.client(bytesPerSecondMax: 100_000)
        let finished = try await client.put(.file(path: path))
        #expect(fixture.server.blob(finished.blob) == bytes)
        // The first second's worth is free. Concurrent waits overlap, so that the last one is the whole delay.
        #expect((fixture.waits.all.max() ?? 0) <= 5000 && fixture.waits.sum >= 4000)
    }
}
