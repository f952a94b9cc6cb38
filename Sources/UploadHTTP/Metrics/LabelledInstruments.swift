/// Instruments by the value of a label. The values are fixed from the beginning, so that no client can make more of them and
/// looking one up takes no lock.
struct LabelledInstruments<Kind: Instrument>: Sendable {
    /// In the order of the values; what is none of them comes last.
    let all: [(label: Label, instrument: Kind)]
    private let byValue: [String: Kind]
    private let other: Kind

    init(_ name: String, _ values: [String], _ make: () -> Kind) {
        other = make()
        var byValue: [String: Kind] = [:]
        var all: [(label: Label, instrument: Kind)] = []
        for value in values where byValue[value] == nil {
            let instrument = make()
            byValue[value] = instrument
            all.append((Label(name, value), instrument))
        }
        self.byValue = byValue
        self.all = all + [(Label(name, "other"), other)]
    }

    /// The instrument for a value; that for all others, if there is none.
    subscript(_ value: String?) -> Kind {
        value.flatMap { byValue[$0] } ?? other
    }
}
