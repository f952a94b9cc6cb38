import CatalogueSQLite
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// The same random calls on this catalogue and on the model.
@Suite struct ModelTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `a random history has the answers that the model gives`(seed: UInt64) async throws {
        let store = try TemporaryStore()
        let catalogue = try await store.open().withCapsule()
        let model = ModelCatalogue()
        try await model.createCapsule(letters)
        var random = SeededRandom(seed: seed)
        var history: [String] = []
        var begun: Set<SessionId> = []
        for number in 0..<1200 {
            let call = ModelCall(drawnFrom: &random, at: Int64(number) * 10)
            // Ids are random: one that was removed never comes back.
            if let id = call.begins, begun.contains(id), try await model.upload(id) == nil { continue }
            let answer = await call.answer(of: catalogue)
            let expected = await call.answer(of: model)
            history.append(call.name)
            if let id = call.begins, try await model.upload(id) != nil { begun.insert(id) }
            try #require(answer == expected, "\(history.suffix(20))")
        }
        // The calls commit what they like; whoever calls in earnest has verified the bytes.
        let problems = try await catalogue.problems().filter { !$0.contains("more or fewer bytes than its length") }
        #expect(problems == [])
        await catalogue.close()
    }
}
