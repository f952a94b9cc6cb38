import ArgumentParser
import DurableFiles
import UploadClient

extension PutCommand {
    func putPhotos(_ client: UploadClient, _ output: Output) async throws {
        let sources = sources
        let (photos, others) = try await ThreadPool(name: "wharf-walk", threads: 1).run { () throws(ClientError) in
            try PhotoFile.all(sources)
        }
        if others > 0 {
            await output.note(
                "\(others) \(others == 1 ? "file is no picture" : "files are no pictures") by name, and passed over.")
        }
        guard let choice = ImagingChoice(ConnectionOptions.variable("WHARF_IMAGING") ?? "auto") else {
            throw ValidationError("WHARF_IMAGING is auto, off or the absolute path of wharf-imaging.")
        }
        let lane = try await PhotoLane.choose(
            client, isHere: deriveHere, choice, path: ConnectionOptions.variable("PATH"))
        let options = PutOptions(capsule: capsule, chunkSize: chunkSize, parallel: parallel)
        let run = PhotosRun(client: client, output: output, lane: lane, options: options, resume: resumeStore)
        let worst: CommandStatus?
        do {
            worst = try await run.run(photos)
        } catch {
            await lane.close()
            guard error is CancellationError else { throw error }
            throw Failure(
                interrupted: "Run the same command again to go on: what the server has is not sent again.")
        }
        await lane.close()
        if let worst { throw ExitCode(worst.rawValue) }
    }
}
