import ImagingPool
import ImagingWire
import Logging
import NIOPosix

extension ImagingPool {
    /// The pool that the settings ask for, with a worker that was heard from; nil where none is asked for or found.
    ///
    /// - Throws: `ServeFailure` if the worker that was named does not work.
    static func open(
        _ settings: ServerSettings, path: String?, logger: Logger
    ) async throws(ServeFailure) -> ImagingPool? {
        let executable: String
        switch settings.imaging {
        case .off:
            logger.info("derivation is off: no memories are made of uploads with a recipe")
            return nil
        case .at(let path): executable = path
        case .found:
            // Looks at the disk, which no thread of the runtime should.
            guard let found = try? await NIOThreadPool.singleton.runIfActive({ WorkerExecutable.find(path: path) })
            else {
                logger.notice("derivation is off: \(WorkerExecutable.name) is not installed")
                return nil
            }
            executable = found
        }
        let pool: ImagingPool
        do throws(InvalidPictureLimit) {
            pool = try ImagingPool(executable: executable, limits: settings.imagingLimits)
        } catch {
            throw ServeFailure(.usage, "imaging: \(error)")
        }
        do throws(WorkerTrouble) {
            try await pool.check()
        } catch {
            await pool.close()
            guard case .found = settings.imaging else { throw ServeFailure(.usage, "imaging: \(error)") }
            logger.error("derivation is off: \(executable) does not work", metadata: ["error": "\(error)"])
            return nil
        }
        logger.info("derivation is on", metadata: ["worker": "\(executable)"])
        return pool
    }
}
