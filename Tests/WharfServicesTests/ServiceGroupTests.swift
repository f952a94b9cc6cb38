import HTTPTestKit
import ImagingPool
import Logging
import ServiceLifecycle
import Synchronization
import Testing
import UploadCore
import UploadDerivation
import UploadHTTP
import UploadTestKit
import Wharf
import WharfServices

/// The services in the group of an application, as an embedder runs them.
@Suite(.timeLimit(.minutes(5))) struct ServiceGroupTests {
    @Test func `expired uploads are removed while the group runs, and it stops in the middle of a pause`() async throws
    {
        let directory = try TemporaryDirectory()
        var limits = Limits()
        limits.timeToLiveMilliseconds = 100
        limits.expiryGraceMilliseconds = 0
        let store = try await EmbeddedStore(directory: directory.path, limits: limits)
        let anna = Principal("anna")
        let capsule = try await store.uploads.defaultCapsule(of: anna)
        let request = BeginRequest(capsule: capsule.id, asset: AssetMetadata(name: "kiss.jpg"), length: 10)
        let id = try await store.uploads.beginUpload(request, by: anna).record.id

        let log = LogCapture()
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: ExpirySweeper(store: store, every: .milliseconds(5), logger: log.logger)),
                    .init(service: ExpirySweeper(store: store, every: .seconds(3600), logger: log.logger)),
                    .init(service: StoreScrubber(store: store, logger: log.logger)),
                ], logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await log.wait(for: "uploads expired")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let failure = await #expect(throws: UploadError.self) {
            try await store.uploads.putChunk(id, index: 0, Array(repeating: 7, count: 10)[...], by: anna)
        }
        #expect(failure?.code == .gone)
        await store.close()
    }

    @Test func `the pool is closed once its derivations have ended`() async throws {
        let directory = try TemporaryDirectory()
        let store = try await EmbeddedStore(directory: directory.path)
        let pool = try ImagingPool(executable: "/nonexistent/wharf-imaging")
        let photos = PhotoDerivation(store: store, pool: pool, logger: LogCapture().logger)
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: photos)], logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        let failure = await #expect(throws: WorkerStartError.self) { try await pool.check() }
        #expect(failure?.description == "the server is shutting down")
        await store.close()
    }
}
