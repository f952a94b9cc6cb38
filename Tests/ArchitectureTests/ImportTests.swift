import Testing

@Suite struct ImportTests {
    @Test("every file imports only what its target may")
    func tree() throws {
        let tree = try PackageTree()
        for target in try tree.folders(in: "Sources") {
            let rule = ImportTable.wharf.rule(for: target)
            let found = try tree.violations(of: [rule], in: ["Sources/" + target])
            #expect(found == [])
        }
    }

    @Test("the table lists exactly the folders there are")
    func folders() throws {
        let mismatches = ImportTable.wharf.mismatches(folders: try PackageTree().folders(in: "Sources"))
        #expect(mismatches == [])
    }

    @Test("stores never import each other")
    func stores() {
        for store in ImportTable.stores {
            let allowed = ImportTable.wharf.allowed[store]
            #expect(allowed?.isDisjoint(with: ImportTable.stores) == true, "\(store)")
        }
    }

    @Test("protocols and the command call the service and nothing below it")
    func layers() throws {
        let found = try PackageTree().violations(
            of: [.belowTheService], in: ImportTable.protocols.sorted().map { "Sources/" + $0 })
        #expect(found == [])
    }

    @Test(
        "wires and the client know the model and not the engine", arguments: ["NativeWire", "TusWire", "UploadClient"])
    func wires(target: String) {
        let allowed = ImportTable.wharf.allowed[target]
        #expect(allowed?.contains("UploadModel") == true)
        #expect(allowed?.isDisjoint(with: ["UploadCore", "UploadMemories", "UploadDerivation"]) == true)
    }

    // MARK: - The checkers

    @Test(
        "a way around the service is found",
        arguments: [
            "uploads.sessions.get(id)", "let a: SessionCompat<A, B, C>", "try await store.uploads.catalogue.end()",
        ])
    func wayAround(line: String) {
        #expect(Rule.belowTheService.check(SourceText("let a = 1\n" + line)).map(\.line) == [2])
    }

    @Test(
        "other sessions are none of it",
        arguments: ["page.sessions", "// uploads.sessions", "uploads.maintenance.check()"])
    func noWayAround(line: String) {
        #expect(Rule.belowTheService.check(SourceText(line)) == [])
    }

    @Test(
        "an import is found in every form",
        arguments: [
            "import Glibc", "  import Glibc", "public import Glibc", "package import Glibc", "internal import Glibc",
            "@testable import Glibc", "@_exported public import Glibc", "@_spi(Sync) import Glibc",
            "import struct Glibc.stat", "import Glibc.stdio", "import Glibc // for errno", "import\tGlibc",
            "import func Glibc.fsync", "@preconcurrency package import Glibc", "let a = 1; import Glibc",
        ])
    func forms(line: String) {
        #expect(SourceText("\n" + line).imports.map { [$0.line.description, $0.module] } == [["2", "Glibc"]])
        #expect(ImportTable.wharf.rule(for: "DurableFiles").check(SourceText(line)) == [])
        let found = ImportTable.wharf.rule(for: "SessionCore").check(SourceText("// A file.\n" + line))
        #expect(found == [Violation(line: 2, message: "SessionCore may not import Glibc")])
    }

    @Test(
        "what only looks like an import is none",
        arguments: [
            "// import Glibc", "let text = \"import Glibc\"", "important()", "let importGlibc = 1",
            "/*\nimport Glibc\n*/",
        ])
    func lookalikes(text: String) {
        #expect(SourceText(text).imports == [])
    }

    @Test("a store that imports another is found")
    func plantedStore() {
        let found = ImportTable.wharf.rule(for: "BlobStorage").check(SourceText("import CatalogueSQLite"))
        #expect(found == [Violation(line: 1, message: "BlobStorage may not import CatalogueSQLite")])
    }

    @Test("a target that is not listed may import nothing")
    func unlistedTarget() {
        #expect(ImportTable.wharf.rule(for: "Newcomer").check(SourceText("import UploadCore")).count == 1)
    }

    @Test("a folder without an entry is found, and an entry without a folder")
    func mismatches() {
        let table = ImportTable(allowed: ["A": [], "B": []])
        #expect(table.mismatches(folders: ["A", "B"]) == [])
        #expect(
            table.mismatches(folders: ["A", "C"]) == [
                "B is listed but has no folder", "C has a folder but is not listed",
            ])
    }
}
