import ImagingPool
import ImagingWire
import Logging
import UploadCore

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
    /// - Throws: `ServeError` if an explicitly configured executable does not work, or not within the sandbox that the
    ///   settings require.
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
            let scratch = ScratchDirectory(path: settings.data, freeBytesMin: settings.limits.freeBytesMin)
            pool = try ImagingPool(executable: executable, limits: settings.imagingLimits, scratch: scratch)
        } catch {
            throw ServeError(.usage, "imaging: \(error)")
        }
        let missing: SandboxLayers
        do throws(WorkerStartError) {
            missing = SandboxLayers.all.subtracting(try await pool.check())
            let denied = missing.intersection(settings.imagingLimits.sandbox.required)
            guard denied.isEmpty else {
                throw WorkerStartError("nothing is decoded here: this system has no sandbox with \(denied)")
            }
        } catch {
            await pool.close()
            guard choice == .automatic else { throw ServeError(.usage, "imaging: \(error)") }
            logger.error("derivation is off: \(executable) does not work", metadata: ["error": "\(error)"])
            return nil
        }
        if !missing.isEmpty {
            logger.warning("photos are decoded in an incomplete sandbox", metadata: ["missing": "\(missing)"])
        }
        logger.info("derivation is on", metadata: ["worker": "\(executable)"])
        return pool
    }
}
