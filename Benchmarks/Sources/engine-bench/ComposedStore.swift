import BlobStorage
import CatalogueSQLite
import DurableFiles
import UploadCore
import Wharf

/// A store composed of its ports by hand, so that a scenario can fill the catalogue without the service. Unlike an
/// `EmbeddedStore` it takes no lock.
struct ComposedStore: Sendable {
    typealias Service = UploadService<CatalogueSQLite, FileBlobStore<POSIXFileSystem, ThreadPool>, SystemClock>

    let catalogue: CatalogueSQLite
    let uploads: Service

    init(directory: String, durability: Durability, limits: Limits) async throws {
        let pool = ThreadPool(name: "wharf-io", threads: 8)
        let files = try await pool.run { () throws(FileError) in try POSIXFileSystem(creatingRoot: directory) }
        let blobs = FileBlobStore(files: files, pool: pool, durability: durability)
        try await blobs.prepare()
        catalogue = try await CatalogueSQLite(
            path: directory + "/catalogue.db", pool: ThreadPool(name: "wharf-sql", threads: 1), durability: durability,
            limits: limits)
        uploads = try Service(catalogue: catalogue, blobs: blobs, clock: SystemClock(), limits: limits)
        try await uploads.maintenance.recover()
    }

    func close() async {
        await catalogue.close()
    }
}
