import ImagingPool
import ImagingWire
import Logging

/// The value of the setting `imaging`: which `wharf-imaging` derives photos.
enum ImagingChoice: Hashable, Sendable, CustomStringConvertible {
    /// The executable beside this program or along `PATH`, if there is one.
    case automatic
    case off
    case executable(path: String)

    init?(_ text: String) {
        switch text {
        case "auto": self = .automatic
        case "off": self = .off
        case _ where text.hasPrefix("/"): self = .executable(path: text)
        default: return nil
        }
    }

    /// The path of the executable; nil if derivation is off or none is found. Blocks.
    ///
    /// - Parameter path: `PATH`.
    func executable(path: String?) -> String? {
        switch self {
        case .automatic: WorkerExecutable.find(path: path)
        case .off: nil
        case .executable(let path): path
        }
    }

    var description: String {
        switch self {
        case .automatic: "auto"
        case .off: "off"
        case .executable(let path): path
        }
    }
}

extension ImagingPool {
    /// Opens the pool of the settings and checks that a worker starts.
    ///
    /// - Returns: nil if derivation is off or no executable is found.
    ///
    /// - Throws: `ServeError` if an explicitly configured executable does not work.
    static func open(
        _ settings: ServerSettings, path: String?, logger: Logger
    ) async throws(ServeError) -> ImagingPool? {
        let choice = settings.imaging
        guard let executable = await blocking({ choice.executable(path: path) }) else {
            let why = choice == .off ? "disabled by the settings" : "\(WorkerExecutable.name) is not installed"
            logger.notice("derivation is off: \(why)")
            return nil
        }
        let pool: ImagingPool
        do throws(InvalidPictureLimit) {
            pool = try ImagingPool(executable: executable, limits: settings.imagingLimits)
        } catch {
            throw ServeError(.usage, "imaging: \(error)")
        }
        do throws(WorkerStartError) {
            try await pool.check()
        } catch {
            await pool.close()
            guard choice == .automatic else { throw ServeError(.usage, "imaging: \(error)") }
            logger.error("derivation is off: \(executable) does not work", metadata: ["error": "\(error)"])
            return nil
        }
        logger.info("derivation is on", metadata: ["worker": "\(executable)"])
        return pool
    }
}
