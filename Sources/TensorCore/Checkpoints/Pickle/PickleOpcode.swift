/// The instructions of the pickle protocol (0 to 5) that this reader knows.
///
/// Those that it lacks name objects by other means (`INST`, `OBJ`, extension codes, out-of-band buffers) or write numbers as text.
package enum PickleOpcode: UInt8, Sendable, CaseIterable {
    case proto = 0x80
    case frame = 0x95
    case stop = 0x2E
    case mark = 0x28
    case pop = 0x30
    case none = 0x4E
    case newTrue = 0x88
    case newFalse = 0x89
    case binInt = 0x4A
    case binInt1 = 0x4B
    case binInt2 = 0x4D
    case long1 = 0x8A
    case binFloat = 0x47
    case shortBinUnicode = 0x8C
    case binUnicode = 0x58
    case shortBinBytes = 0x43
    case binBytes = 0x42
    case shortBinString = 0x55
    case binString = 0x54
    case emptyList = 0x5D
    case append = 0x61
    case appends = 0x65
    case emptySet = 0x8F
    case addItems = 0x90
    case emptyTuple = 0x29
    case tuple = 0x74
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case emptyDictionary = 0x7D
    case setItem = 0x73
    case setItems = 0x75
    case binPut = 0x71
    case longBinPut = 0x72
    case memoize = 0x94
    case binGet = 0x68
    case longBinGet = 0x6A
    case global = 0x63
    case stackGlobal = 0x93
    case reduce = 0x52
    case newObject = 0x81
    case build = 0x62
    case binPersistentID = 0x51
}

extension Set<PickleOpcode> {
    /// What dictionaries and lists of texts and small numbers consist of: nothing here can name code.
    package static let plainData: Set<PickleOpcode> = [
        .proto, .stop, .mark, .binInt1, .binUnicode, .emptyList, .appends, .emptyDictionary, .setItems, .binPut, .longBinPut,
        .binGet, .longBinGet,
    ]

    /// Everything that the reader knows, which is what PyTorch's checkpoints consist of.
    package static let all = Set(PickleOpcode.allCases)
}
