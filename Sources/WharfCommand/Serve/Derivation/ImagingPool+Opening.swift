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
        let choice = settings.imaging
        let found = try? await NIOThreadPool.singleton.runIfActive { choice.executable(path: path) }
        guard let executable = found ?? nil else {
            let why = choice == .off ? "the settings say so" : "\(WorkerExecutable.name) is not installed"
            logger.notice("derivation is off: \(why)")
            return nil
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
            guard choice == .found else { throw ServeFailure(.usage, "imaging: \(error)") }
            logger.error("derivation is off: \(executable) does not work", metadata: ["error": "\(error)"])
            return nil
        }
        logger.info("derivation is on", metadata: ["worker": "\(executable)"])
        return pool
    }
}
