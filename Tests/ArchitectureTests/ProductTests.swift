import Testing

@Suite struct ProductTests {
    private static func products() throws -> Products {
        Products(manifest: try PackageTree().text(of: "Package.swift"))
    }

    @Test("a product carries every target that its public interface names")
    func complete() throws {
        let tree = try PackageTree()
        let folders = try tree.folders(in: "Sources")
        var publicImports: [String: Set<String>] = [:]
        for target in folders {
            let imports = try tree.files(in: "Sources/" + target).flatMap(\.text.imports)
            publicImports[target] = Set(imports.filter(\.isPublic).map(\.module)).intersection(folders)
        }
        let products = try Self.products()
        #expect(products.targets.count >= 10)
        for product in products.targets.keys.sorted() {
            #expect(products.missing(from: product, publicImports: publicImports) == [], "\(product)")
        }
    }

    @Test("a target that is missing is found, also if another one of the product names it")
    func incomplete() {
        let products = Products(
            manifest: #".library(name: "A", targets: ["A", "B"]), .library(name: "C", targets: ["C"])"#)
        #expect(products.targets == ["A": ["A", "B"], "C": ["C"]])
        #expect(products.missing(from: "A", publicImports: ["A": ["B"], "B": ["C", "D"]]) == ["C", "D"])
        #expect(products.missing(from: "C", publicImports: ["A": ["B"]]) == [])
    }

    @Test("public imports are told from others")
    func publicImports() {
        let forms = ["public import A", "@_exported public import A", "package import A", "import A"]
        #expect(forms.map { SourceText($0).imports.map(\.isPublic) } == [[true], [true], [false], [false]])
    }
}
