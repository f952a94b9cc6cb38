import UploadCore
import UploadTestKit
import Wharf

extension History {
    /// Checks the whole store against the expectations while no client uses it.
    func examine(_ world: World, _ store: SimulatedStore, _ files: SimulatedFileSystem) async throws {
        do {
            try await Examination(world, store.uploads).run()
            let report = try await store.check()
            if !report.isClean, !files.hasCrashed {
                let findings = report.issues.map { "\($0.kind.rawValue): \($0.detail)" }
                throw Violation("the check finds \(findings)")
            }
        } catch let error as UploadError {
            if !files.hasCrashed { throw Violation("examination: \(error.debugDescription)") }
        }
    }
}
