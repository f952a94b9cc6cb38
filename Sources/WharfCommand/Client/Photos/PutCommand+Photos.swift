import ArgumentParser
import NativeWire
import UploadClient

extension PutCommand {
    func putPhotos(_ client: UploadClient, _ output: Output) async throws {
        let paths = LocalPath.arguments(sources, raw: LocalPath.rawArguments)
        let (filter, follows) = (filter, followLinks)
        let (folder, failures) = await blocking {
            let walk = FileWalk(paths, filter: filter, followsLinks: follows)
            return (CameraFolder(walk), walk.failures)
        }
        var firstFailure: CommandStatus?
        for failure in failures {
            let failed = CommandFailure(failure.error)
            try await failed.report(to: output, path: failure.label)
            firstFailure = firstFailure ?? failed.status
        }
        let pipeline = try await photoPipeline(client)
        let resume = resumeStore
        var fileOptions = options
        fileOptions.derive = "none"
        let run = PutRun(
            client: client, options: fileOptions, resume: resume, journal: try await journal(client, resume),
            features: try await client.features(), skips: !noSkip, asksForLarge: true)
        let batch = PhotoBatch(
            client: client, output: output, pipeline: pipeline, options: options, resume: resume, files: run,
            skips: !noSkip)
        do {
            if dryRun {
                try await batch.showPlan(folder)
            } else {
                let counts = try await batch.run(folder)
                await output.note(counts.summary)
                firstFailure = firstFailure ?? counts.firstFailure
            }
        } catch {
            await pipeline.close()
            guard error is CancellationError else { throw error }
            throw CommandFailure(
                interrupted: "Run the same command again to resume; acknowledged bytes are not sent again.")
        }
        await pipeline.close()
        try await show(folder.passedOver, output)
        if let firstFailure { throw ExitCode(firstFailure.rawValue) }
    }

    private func photoPipeline(_ client: UploadClient) async throws -> PhotoPipeline {
        guard let choice = ImagingChoice(ConnectionOptions.variable("WHARF_IMAGING") ?? "auto") else {
            throw ValidationError("WHARF_IMAGING must be auto, off or the absolute path of wharf-imaging.")
        }
        return try await PhotoPipeline.choose(
            client, forcesLocal: deriveHere, choice, path: ConnectionOptions.variable("PATH"))
    }

    private func show(_ passedOver: [FileWalk.PassedOver], _ output: Output) async throws {
        let summary = PutSummary(
            counts: PutCounts(), passedOver: passedOver, namesAll: output.detail == .verbose)
        for line in summary.lines.dropFirst() { await output.note(line) }
        if output.isJSON {
            for passed in passedOver { try await output.result("", PassedOverResult(passed)) }
        }
    }
}
