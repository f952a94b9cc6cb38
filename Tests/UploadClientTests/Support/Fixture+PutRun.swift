import DurableFiles
import NativeWire
import Synchronization
import UploadClient
import UploadTestKit

/// The outcomes of a run by the names of the files.
struct PutOutcomes: Sendable {
    var sent: [String: FinishedDocument] = [:]
    var known: [String: String] = [:]
    var copied: [String: FinishedDocument] = [:]
    var failed: [String: ClientError] = [:]
}

/// Runs of a command that sends many files.
extension Fixture {
    func putFile(_ name: String) throws -> PutFile {
        let path = LocalPath(path(name))
        let status = try FileStatus(path: path.text)
        return PutFile(
            path: path, name: name, size: status.size, modifiedNanoseconds: status.modifiedNanoseconds,
            journalPath: path.key)
    }

    /// - Parameter hasJournal: Whether the run has what the runs before it noted.
    func putRun(
        _ client: UploadClient, skips: Bool = true, hasJournal: Bool = true, asksForLarge: Bool = false
    ) async throws -> PutRun {
        let directory = hasJournal ? store.directory : try TemporaryDirectory().path
        let journal = try PutJournal.open(in: directory, server: client.server, capsule: nil)
        return PutRun(
            client: client, options: PutOptions(), resume: store, journal: journal,
            features: try await client.features(), skips: skips, asksForLarge: asksForLarge)
    }

    func outcomes(
        of names: [String], skips: Bool = true, hasJournal: Bool = true, asksForLarge: Bool = false, parallel: Int = 2,
        client: UploadClient? = nil
    ) async throws -> PutOutcomes {
        let client = try client ?? self.client()
        let run = try await putRun(client, skips: skips, hasJournal: hasJournal, asksForLarge: asksForLarge)
        let outcomes = Mutex(PutOutcomes())
        let observer = PutObserver { number, outcome in
            outcomes.withLock { outcomes in
                switch outcome {
                case .sent(let finished): outcomes.sent[names[number]] = finished
                case .known(let blob, _): outcomes.known[names[number]] = blob
                case .copied(let finished, _): outcomes.copied[names[number]] = finished
                case .failed(let error): outcomes.failed[names[number]] = error
                }
            }
        }
        try await run.run(names.map(putFile), parallel: parallel, observer)
        return outcomes.withLock { $0 }
    }
}
