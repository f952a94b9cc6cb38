import ArgumentParser
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
        let found = await blocking { choice.executable(path: path) }
        guard let found else {
            let subject =
                forcesLocal
                ? "This machine cannot derive photos" : "Neither the server nor this machine can derive photos"
            throw CommandFailure(
                noDerivation: "\(subject): \(WorkerExecutable.name) is not installed.",
                advice: "Install it beside wharf, or omit --photos to store the files only.")
        }
        let pool = try ImagingPool(executable: found)
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

extension PutCommand {
    func putPhotos(_ client: UploadClient, _ output: Output) async throws {
        let paths = LocalPath.arguments(sources, raw: LocalPath.rawArguments)
        let (filter, follows) = (filter, followLinks)
        let walk = await blocking { FileWalk(paths, filter: filter, followsLinks: follows) }
        let photos = PhotoFile.all(walk)
        var firstFailure: CommandStatus?
        for failure in walk.failures {
            let failed = CommandFailure(failure.error)
            try await failed.report(to: output, path: failure.label)
            firstFailure = firstFailure ?? failed.status
        }
        let others = walk.items.count - photos.count
        if others > 0 {
            await output.note(
                "Skipped \(others == 1 ? "1 file that is not a picture" : "\(others) files that are not pictures") by name."
            )
        }
        let summary = PutSummary(
            counts: PutCounts(), passedOver: walk.passedOver, namesAll: output.detail == .verbose)
        for line in summary.lines.dropFirst() { await output.note(line) }
        guard let choice = ImagingChoice(ConnectionOptions.variable("WHARF_IMAGING") ?? "auto") else {
            throw ValidationError("WHARF_IMAGING must be auto, off or the absolute path of wharf-imaging.")
        }
        let pipeline = try await PhotoPipeline.choose(
            client, forcesLocal: deriveHere, choice, path: ConnectionOptions.variable("PATH"))
        let options = PutOptions(capsule: capsule, chunkSize: chunkSize, parallel: parallel)
        let batch = PhotoBatch(
            client: client, output: output, pipeline: pipeline, options: options, resume: resumeStore,
            skips: !noSkip, isDryRun: dryRun)
        do {
            let status = try await batch.run(photos)
            firstFailure = firstFailure ?? status
        } catch {
            await pipeline.close()
            guard error is CancellationError else { throw error }
            throw CommandFailure(
                interrupted: "Run the same command again to resume; acknowledged bytes are not sent again.")
        }
        await pipeline.close()
        if let firstFailure { throw ExitCode(firstFailure.rawValue) }
    }
}
