/// The libraries of the package: their names, and the targets that a user of each can import.
struct Products {
    let targets: [String: Set<String>]

    /// - Parameter manifest: `Package.swift`, whose libraries are written as literals.
    init(manifest: String) {
        var targets: [String: Set<String>] = [:]
        for entry in manifest.split(separator: ".library(", omittingEmptySubsequences: false).dropFirst() {
            let strings = entry.prefix { $0 != ")" }.split(separator: "\"", omittingEmptySubsequences: false)
                .enumerated().filter { !$0.offset.isMultiple(of: 2) }.map { String($0.element) }
            guard let name = strings.first else { continue }
            targets[name] = Set(strings.dropFirst())
        }
        self.targets = targets
    }

    /// The targets that the public interfaces of a product's targets name, and that the product lacks.
    ///
    /// - Parameter publicImports: Of each target, those of the package's own targets.
    func missing(from product: String, publicImports: [String: Set<String>]) -> [String] {
        let own = targets[product] ?? []
        return own.reduce(into: Set()) { $0.formUnion(publicImports[$1] ?? []) }.subtracting(own).sorted()
    }
}
