/// All families of instruments, in the order in which they are written.
struct MetricsRegistry: Sendable {
    private struct Family: Sendable {
        let name: String
        let kind: InstrumentKind
        let help: String
        let write: @Sendable (inout Exposition) -> Void
    }

    private var families: [Family] = []

    /// Adds an instrument without labels. It is written even if it was never used.
    mutating func add<Kind: Instrument>(_ name: String, help: String, _ instrument: Kind) -> Kind {
        families.append(
            Family(name: name, kind: Kind.kind, help: help) { text in instrument.write(name, [], into: &text) })
        return instrument
    }

    /// Adds an instrument for each of a fixed set of values of a label. Written are those that were used.
    mutating func add<Kind: Instrument>(
        _ name: String, help: String, _ labelled: LabelledInstruments<Kind>
    ) -> LabelledInstruments<Kind> {
        families.append(
            Family(name: name, kind: Kind.kind, help: help) { text in
                for (label, instrument) in labelled.all where instrument.isUsed {
                    instrument.write(name, [label], into: &text)
                }
            })
        return labelled
    }

    func write(into text: inout Exposition) {
        for family in families {
            text.family(family.name, family.kind, help: family.help)
            family.write(&text)
        }
    }
}
