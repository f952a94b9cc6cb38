import ImagingPool
import ImagingWire
import Logging
import UploadCore

/// The value of the settings `imaging` and `imaging-video`: which executable derives photos, or posters of videos.
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

    /// The path of the executable; nil if it is off or none is found. Blocks.
    ///
    /// - Parameters:
    ///   - name: Of the executable.
    ///   - path: `PATH`.
    func executable(_ name: String = WorkerExecutable.name, path: String?) -> String? {
        switch self {
        case .automatic: WorkerExecutable.find(name, path: path)
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
        let pool = try make(executable, video: nil, settings)
        let missing: SandboxLayers
        do throws(WorkerStartError) {
            missing = try Self.missing(of: try await pool.check(), settings)
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
        return try await withVideo(pool, executable, settings, path: path, logger: logger)
    }

    /// A pool that derives posters of videos, too, in place of one without, if there is a worker for it.
    private static func withVideo(
        _ pool: ImagingPool, _ executable: String, _ settings: ServerSettings, path: String?, logger: Logger
    ) async throws(ServeError) -> ImagingPool {
        let choice = settings.imagingVideo
        guard let video = await blocking({ choice.executable(WorkerExecutable.videoName, path: path) }) else {
            let why = choice == .off ? "disabled by the settings" : "\(WorkerExecutable.videoName) is not installed"
            logger.info("posters of videos are off: \(why)")
            return pool
        }
        let both = try make(executable, video: video, settings)
        do throws(WorkerStartError) {
            if let layers = try await both.checkVideo() { _ = try missing(of: layers, settings) }
        } catch {
            await both.close()
            guard choice == .automatic else {
                await pool.close()
                throw ServeError(.usage, "imaging-video: \(error)")
            }
            logger.error("posters of videos are off: \(video) does not work", metadata: ["error": "\(error)"])
            return pool
        }
        await pool.close()
        logger.info("posters of videos are on", metadata: ["worker": "\(video)"])
        return both
    }

    private static func make(
        _ executable: String, video: String?, _ settings: ServerSettings
    ) throws(ServeError) -> ImagingPool {
        // A node of a cluster has no directory of its own.
        let directory = settings.cluster.objects == nil ? settings.data : "/var/tmp"
        let scratch = ScratchDirectory(path: directory, freeBytesMin: settings.limits.freeBytesMin)
        do throws(InvalidPictureLimit) {
            return try ImagingPool(
                executable: executable, video: video, limits: settings.imagingLimits, scratch: scratch)
        } catch {
            throw ServeError(.usage, "imaging: \(error)")
        }
    }

    /// The layers that the sandbox of a worker lacks.
    ///
    /// - Throws: If one of them is required.
    private static func missing(
        of layers: SandboxLayers, _ settings: ServerSettings
    ) throws(WorkerStartError) -> SandboxLayers {
        let missing = SandboxLayers.all.subtracting(layers)
        let denied = missing.intersection(settings.imagingLimits.sandbox.required)
        guard denied.isEmpty else {
            throw WorkerStartError("nothing is decoded here: this system has no sandbox with \(denied)")
        }
        return missing
    }
}
