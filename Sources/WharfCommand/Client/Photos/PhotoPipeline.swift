import DurableFiles
import ImagingPool
import ImagingWire
import NativeWire
import UploadClient

/// The place where the renditions of a photo (`display`, `thumb` and `placeholder`) are derived.
enum PhotoPipeline: Sendable {
    /// On the server, once it has the original.
    case server
    /// On this machine, while the original is uploaded.
    case local(ImagingPool)

    /// Chooses the server if it derives photos, otherwise this machine.
    ///
    /// - Parameters:
    ///   - forcesLocal: Derive on this machine in any case.
    ///   - choice: The executable on this machine.
    ///   - path: `PATH`.
    /// - Throws: `CommandFailure` if neither can derive.
    static func choose(
        _ client: UploadClient, forcesLocal: Bool, _ choice: ImagingChoice, path: String?
    ) async throws -> PhotoPipeline {
        if !forcesLocal, try await client.config().derive.isOn { return .server }
        let (found, video) = await blocking {
            (choice.executable(path: path), WorkerExecutable.find(WorkerExecutable.videoName, path: path))
        }
        guard let found else {
            let subject =
                forcesLocal
                ? "This machine cannot derive photos" : "Neither the server nor this machine can derive photos"
            throw CommandFailure(
                noDerivation: "\(subject): \(WorkerExecutable.name) is not installed.",
                advice: "Install it beside wharf, or omit --photos to store the files only.")
        }
        let pool = try ImagingPool(executable: found, video: video)
        do throws(WorkerStartError) {
            try await pool.check()
        } catch {
            await pool.close()
            throw CommandFailure(noDerivation: "\(found) does not work: \(error).", advice: "Reinstall it.")
        }
        return .local(pool)
    }

    func close() async {
        if case .local(let pool) = self { await pool.close() }
    }
}

extension CommandFailure {
    fileprivate init(noDerivation message: String, advice: String) {
        self.init(ClientError(.init(rawValue: "no_derivation"), message, advice: advice))
    }
}
