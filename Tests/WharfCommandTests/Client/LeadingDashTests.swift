import Testing

@testable import WharfCommand

@Suite struct LeadingDashTests {
    @Test(arguments: ["-leading-dash.txt", "-hello", "-nv.txt"])
    func `a name that looks like options is refused with a hint`(_ name: String) {
        let problem = LeadingDash.problem(in: ["put", "--quiet", name])
        #expect(problem?.contains("wharf put -- \(name)") == true)
    }

    @Test(arguments: [
        ["put", "--unknown"], ["put", "-x"], ["put", "-nv"], ["put", "-"], ["put", "--", "-file"], ["get", "-file"], [],
    ]) func `other command lines are left to the parser`(_ arguments: [String]) {
        #expect(LeadingDash.problem(in: arguments) == nil)
    }
}
