import DurableFiles
import JWTAuthentication
import Logging
import Synchronization

/// A file with the keys of an issuer.
struct KeyFile: Sendable {
    let path: String

    /// - Throws: `KeyFileError`, also if the file does not exist, or if other users may write to it.
    func read() async throws(KeyFileError) -> KeySet {
        let (path, bytesMax) = (path, UInt64(KeySet.bytesMax))
        let (bytes, permissions) = try await blocking { () throws(KeyFileError) in
            do throws(FileError) {
                return try SmallFile.content(at: path, atMost: bytesMax)
            } catch {
                throw KeyFileError("\(path): \(error.reason)")
            }
        }
        if let exposure = permissions.exposure { throw KeyFileError("\(path): \(exposure)") }
        do throws(KeySetError) {
            return try await KeySet(parsing: bytes)
        } catch {
            throw KeyFileError("\(path): \(error)")
        }
    }
}

/// Why a file cannot be used as keys, with its path.
struct KeyFileError: Error, Hashable, Sendable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Reads the file of keys again. An invalid one is logged, and the former keys stay valid.
final class KeyReloader: Sendable {
    private let file: KeyFile
    private let keys: StoredKeys
    private let logger: Logger
    /// Reloads in the order of their beginnings: a slower one could otherwise bring removed keys back.
    private let turns = Mutex((begun: 0, last: 0))

    init(file: KeyFile, keys: StoredKeys, logger: Logger) {
        self.file = file
        self.keys = keys
        self.logger = logger
    }

    func reload() async {
        let turn = turns.withLock { turns in
            turns.begun += 1
            return turns.begun
        }
        do throws(KeyFileError) {
            let new = try await file.read()
            turns.withLock { turns in
                guard turn > turns.last else { return }
                turns.last = turn
                keys.replace(with: new)
            }
            logger.notice("token keys reloaded", metadata: new.logMetadata)
        } catch {
            logger.error("token keys not reloaded; the former ones stay valid", metadata: ["error": "\(error)"])
        }
    }
}
