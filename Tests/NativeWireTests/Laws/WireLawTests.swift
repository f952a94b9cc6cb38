import Testing
import UploadTestKit
import WireLaws

@Suite struct WireLawTests {
    private static let rounds = 20_000

    @Test(arguments: WireLaw.allCases) func `a law holds for its seeds`(_ law: WireLaw) {
        for seed in law.seeds {
            #expect(law.violation(by: Array(seed.utf8)) == nil, "\(seed)")
        }
    }

    @Test(arguments: WireLaw.allCases) func `a law holds for mutated inputs`(_ law: WireLaw) {
        var mutator = Mutator(seed: 1, inputs: law.seeds)
        for round in 0..<Self.rounds {
            let input = mutator.next()
            if let violation = law.violation(by: input) {
                Issue.record("round \(round), \(input): \(violation)")
                return
            }
        }
    }
}
