import Testing

@Suite struct PackageTreeTests {
    @Test("the package is found from this file, with its folders and files")
    func found() throws {
        let tree = try PackageTree()
        #expect(try tree.folders(in: "Sources").contains("SessionCore"))
        #expect(try tree.files(in: "Sources/SessionCore").map(\.path).contains("Sources/SessionCore/Session.swift"))
        #expect(try tree.files(in: "Tests").contains { $0.path == "Tests/ArchitectureTests/PackageTreeTests.swift" })
    }

    @Test("outside of the package there is none to find")
    func notFound() {
        #expect(throws: PackageTree.NotFound.self) { try PackageTree(above: "/usr/lib/file.swift") }
    }

    @Test("these tests, full of examples, are left out of what rules find")
    func exempt() throws {
        let everyLine = Rule("a line") { _ in true }
        let found = try PackageTree().violations(of: [everyLine], in: ["Tests"])
        #expect(!found.isEmpty)
        #expect(!found.contains { $0.hasPrefix("Tests/ArchitectureTests/") })
    }
}
