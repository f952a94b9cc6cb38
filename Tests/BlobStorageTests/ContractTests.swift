import BlobStorage
import DurableFiles
import Testing
import UploadCore
import UploadTestKit

@Suite struct ContractTests {
    @Test(arguments: BlobStoreContract.checks, [Durability.powerLoss, .processCrash])
    func `the file store holds every law on a simulated disk`(
        _ check: BlobStoreContract.Check, _ durability: Durability
    ) async throws {
        let pool = ThreadPool(name: "blobs", threads: 4)
        try await check.run {
            let store = FileBlobStore(
                files: SimulatedFileSystem(seed: 1), pool: pool, durability: durability, shards: 4)
            try await store.prepare()
            return store
        }
    }

    @Test(arguments: BlobStoreContract.checks)
    func `the file store holds every law on the machine's disk`(_ check: BlobStoreContract.Check) async throws {
        let directory = try TemporaryDirectory()
        let pool = ThreadPool(name: "blobs", threads: 4)
        try await check.run {
            let files = try POSIXFileSystem(creatingRoot: directory.path)
            let store = FileBlobStore(files: files, pool: pool, durability: .powerLoss, shards: 16)
            try await store.prepare()
            return store
        }
    }

    @Test func `the laws are found out where the disk loses writes`() async {
        var violated = 0
        let checks = BlobStoreContract.checks.prefix(6)
        for check in checks {
            do {
                try await check.run {
                    let files = SimulatedFileSystem(seed: 1)
                    let store = FileBlobStore(files: files, pool: InlinePool(), durability: .powerLoss, shards: 4)
                    try await store.prepare()
                    files.failNext(.write, .io)
                    return store
                }
            } catch {
                violated += 1
            }
        }
        #expect(violated >= checks.count - 1, "all but the one that writes nothing")
    }
}
