import DurableFiles
import ImagingPool
import ImagingWire
import NativeWire
import UploadClient

/// Who makes what is seen of a photo: its `display`, `thumb` and `placeholder`.
enum PhotoLane: Sendable {
    /// The server, once it has the original.
    case server
    /// This machine, while the original is on its way.
    case here(ImagingPool)

    /// The server if it derives, otherwise this machine if it can.
    ///
    /// - Parameters:
    ///   - isHere: Whether this machine is to do it in any case.
    ///   - choice: Which worker this machine has.
    ///   - path: Where programs are looked for: `PATH`.
    /// - Throws: `Failure` if neither can.
    static func choose(
        _ client: UploadClient, isHere: Bool, _ choice: ImagingChoice, path: String?
    ) async throws -> PhotoLane {
        if !isHere, try await client.config().derive.isOn { return .server }
        let found = await ThreadPool(name: "wharf-find", threads: 1).run { choice.executable(path: path) }
        guard let found else {
            let who = isHere ? "This machine derives" : "Neither the server nor this machine derives"
            throw Failure(
                noDerivation: "\(who) no photos: \(WorkerExecutable.name) is not installed.",
                advice: "Install it beside wharf, or leave --photos out to store the files alone.")
        }
        do {
            let pool = try ImagingPool(executable: found)
            try await pool.check()
            return .here(pool)
        } catch let trouble as WorkerTrouble {
            throw Failure(noDerivation: "\(found) does not work: \(trouble).", advice: "Install it anew.")
        }
    }

    func close() async {
        if case .here(let pool) = self { await pool.close() }
    }
}

extension Failure {
    fileprivate init(noDerivation message: String, advice: String) {
        self.init(ClientError(.init(rawValue: "no_derivation"), message, advice: advice))
    }
}
