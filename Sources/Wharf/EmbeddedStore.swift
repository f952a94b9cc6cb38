public import DurableFiles
import SessionCore
public import UploadCore

/// A store in a directory of this machine: what a server, or a program that embeds Wharf, opens.
public typealias EmbeddedStore = UploadStore<POSIXFileSystem, ThreadPool, SystemClock>

extension UploadStore where Files == POSIXFileSystem, Pool == ThreadPool, Time == SystemClock {
    /// Opens the store in a directory, making both if need be.
    ///
    /// - Parameters:
    ///   - threads: How many threads write, read, sync and hash.
    ///   - observer: Is told of every sync and every commit.
    /// - Throws: As the designated initializer.
    public convenience init(
        directory: String, durability: Durability = .powerLoss, limits: Limits = Limits(), threads: Int = 8,
        observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        let pool = ThreadPool(name: "wharf-io", threads: threads)
        let files = try await pool.run { () throws(UploadError) in
            do throws(FileError) {
                return try POSIXFileSystem(creatingRoot: directory)
            } catch {
                throw UploadError(.unavailable(detail: "\(error)"))
            }
        }
        let place = StorePlace(
            files: files, directory: directory, pool: pool,
            cataloguePool: ThreadPool(name: "wharf-sql", threads: 1))
        try await self.init(place, clock: SystemClock(), durability: durability, limits: limits, observer: observer)
    }
}
