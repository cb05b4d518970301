import TensorCore
import Testing

/// Pickles become plain data; nothing in them is called, and nothing makes the reader exceed its limits.
@Suite struct PickleReaderTests {
    /// What `torch.save` pickles (protocol 2): an ordered dictionary of one tensor, a namespace, numbers of several widths.
    private static let checkpoint = bytes(
        """
        80027d710028580a00000073746174655f64696374710163636f6c6c656374696f6e730a4f726465726564446963740a7102295271035801000000\
        77710463746f7263682e5f7574696c730a5f72656275696c645f74656e736f725f76320a71052828580700000073746f72616765710663746f7263\
        680a466c6f617453746f726167650a71075801000000307108580300000063707571094b0674710a514b004b024b0386710b4b034b0186710c8968\
        022952710d74710e52710f73580500000065706f636871104a7011010058040000006172677371116361726770617273650a4e616d657370616365\
        0a7112298171137d71142858020000006c727115473fe00000000000005805000000737465707371164afdffffff5805000000666c61677371178889\
        4e8771187562580300000062696771198a060000000000ff752e
        """)
    /// The same dictionary and a list of several types in protocol 4.
    private static let framed = bytes(
        """
        800495cb000000000000007d94288c0a73746174655f64696374948c0b636f6c6c656374696f6e73948c0b4f726465726564446963749493942952\
        948c0177948c0c746f7263682e5f7574696c73948c125f72656275696c645f74656e736f725f763294939428288c0773746f72616765948c05746f\
        726368948c0c466c6f617453746f726167659493948c0130948c03637075944b067494514b004b024b0386944b034b018694896804295294749452\
        94738c046c697374945d94284b014b028c016194430278799447400400000000000065752e
        """)
    private static let globals: Set<PickleGlobal> = [
        PickleGlobal("collections", "OrderedDict"), PickleGlobal("torch._utils", "_rebuild_tensor_v2"),
        PickleGlobal("torch", "FloatStorage"),
    ]

    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private static func member(_ name: String, of value: Pickle.Value, in pickle: Pickle) throws -> Pickle.Value {
        let pairs: [Pickle.Pair]
        switch try #require(pickle.object(value)) {
        case .dictionary(let members): pairs = members
        case .call(_, _, let items, _): pairs = items
        default: pairs = []
        }
        return try #require(pairs.last { $0.key == .text(name) }).value
    }

    @Test(arguments: [checkpoint, framed])
    func tensorsOfTorchAreCallsWithTheirArguments(_ bytes: [UInt8]) throws {
        let pickle = try PickleReader.read(bytes, opcodes: .all, globals: Self.globals)
        let state = try Self.member("state_dict", of: pickle.root, in: pickle)
        guard case .call(let type, let none, _, .none)? = pickle.object(state) else { throw Wrong() }
        #expect(type.description == "collections.OrderedDict" && none.isEmpty)
        guard case .call(let rebuild, let arguments, _, _)? = pickle.object(try Self.member("w", of: state, in: pickle)) else {
            throw Wrong()
        }
        #expect(rebuild.name == "_rebuild_tensor_v2" && arguments.count == 6)
        guard case .persistent(let reference)? = pickle.object(arguments[0]), case .tuple(let storage)? = pickle.object(reference)
        else { throw Wrong() }
        #expect(storage[0] == .text("storage") && storage[4] == .integer(6))
        #expect(pickle.object(storage[1]) == .global(PickleGlobal("torch", "FloatStorage")))
        #expect(pickle.object(arguments[2]) == .tuple([.integer(2), .integer(3)]))
        #expect(arguments[4] == .bool(false))
    }

    @Test func numbersOfEveryWidth() throws {
        let pickle = try PickleReader.read(Self.checkpoint, opcodes: .all, globals: Self.globals)
        #expect(try Self.member("epoch", of: pickle.root, in: pickle) == .integer(70000))
        #expect(try Self.member("big", of: pickle.root, in: pickle) == .integer(-1 << 40))
        let framed = try PickleReader.read(Self.framed, opcodes: .all)
        let list = try Self.member("list", of: framed.root, in: framed)
        #expect(framed.object(list) == .list([.integer(1), .integer(2), .text("a"), .bytes([120, 121]), .real(2.5)]))
    }

    @Test func unexpectedNamesAreOpaque() throws {
        let pickle = try PickleReader.read(Self.checkpoint, opcodes: .all, globals: Self.globals)
        let arguments = try Self.member("args", of: pickle.root, in: pickle)
        #expect(pickle.object(arguments) == .opaque(PickleGlobal("argparse", "Namespace")))
        let blind = try PickleReader.read(Self.checkpoint, opcodes: .all)
        let state = try Self.member("state_dict", of: blind.root, in: blind)
        #expect(blind.object(state) == .opaque(PickleGlobal("collections", "OrderedDict")))
    }

    @Test func evilPicklesOnlyNameThings() throws {
        // cos\nsystem\n(S'...' would use text opcodes: \x80\x02 c os system X echo \x85 R .
        let call: [UInt8] =
            [0x80, 2, 0x63] + Array("os\nsystem\n".utf8) + [0x58, 4, 0, 0, 0] + Array("echo".utf8) + [0x85, 0x52, 0x2e]
        let pickle = try PickleReader.read(call, opcodes: .all, globals: Self.globals)
        #expect(pickle.object(pickle.root) == .opaque(PickleGlobal("os", "system")))
        let error = #expect(throws: PickleError.self) { try PickleReader.read(call, opcodes: .plainData) }
        #expect(error?.position == 3 && error?.found == "the pickle opcode 99")
    }

    @Test func listsThatContainThemselves() throws {
        let pickle = try PickleReader.read(Self.bytes("80025d7100284b016800652e"), opcodes: .plainData)
        #expect(pickle.object(pickle.root) == .list([.integer(1), pickle.root]))
    }

    @Test func limitsHold() {
        var limits = PickleLimits()
        limits.stack = 100
        limits.marks = 10
        limits.memo = 20
        limits.objects = 30
        limits.text = 40
        func refuses(_ bytes: [UInt8], _ text: String) {
            let error = #expect(throws: PickleError.self) { try PickleReader.read(bytes, opcodes: .all, limits: limits) }
            #expect(error?.found.contains(text) == true, "\(String(describing: error))")
        }
        refuses([UInt8](repeating: 0x4e, count: 101), "100 values on the stack")
        refuses([UInt8](repeating: 0x28, count: 11), "10 nested marks")
        refuses([0x4e] + [UInt8](repeating: 0x94, count: 21), "20 remembered values")
        refuses([UInt8](repeating: 0x5d, count: 31), "30 objects")
        refuses([0x58, 41, 0, 0, 0] + [UInt8](repeating: 0x61, count: 41), "a text of 41 bytes")
        refuses([0x58, 255, 255, 255, 255], "ends too early")
        refuses([0x8a, 9] + [UInt8](repeating: 0, count: 9), "a number of 9 bytes")
        refuses([0x63] + [UInt8](repeating: 0x61, count: 5000), "a name without an end")
    }

    @Test(
        arguments: [
            [], [0x80], [0x65], [0x75], [0x2e], [0x52], [0x62], [0x71, 0], [0x68, 1], [0x85], [0x86, 0x2e], [0x28, 0x2e], [0x30],
            [0x94],
            [0x5d, 0x28, 0x4e, 0x75, 0x2e], [0x7d, 0x28, 0x4e, 0x75, 0x2e], [0x4e, 0x4e, 0x61, 0x2e],
            [0x28, 0x5d, 0x29, 0x52, 0x2e],
            [0x5d, 0x28, 0x61, 0x2e], [0x4e, 0x28, 0x52], [0x4e, 0x4e, 0x93], [0x8c, 2, 0x61], [0x58, 1, 0, 0, 0, 0xff, 0x2e],
        ] as [[UInt8]])
    func malformedPicklesAreErrors(_ bytes: [UInt8]) {
        #expect(throws: PickleError.self) { try PickleReader.read(bytes, opcodes: .all) }
    }

    /// Damaged pickles are refused or read, and never end the process.
    @Test(arguments: [UInt64(1), 2, 3, 4])
    func mutations(seed: UInt64) {
        var random = TorchRandom(seed: seed)
        var refused = 0
        for round in 0..<500 {
            var mutated = round % 2 == 0 ? Self.checkpoint : Self.framed
            for _ in 0...random.integer(below: 3) {
                mutated[random.integer(below: mutated.count)] = UInt8(random.integer(below: 256))
            }
            let cut = round % 5 == 0 ? random.integer(below: mutated.count) : mutated.count
            do throws(PickleError) {
                let pickle = try PickleReader.read(Array(mutated.prefix(cut)), opcodes: .all, globals: Self.globals)
                #expect(pickle.objects.count < 1000)
            } catch {
                refused += 1
                #expect(error.position <= mutated.count)
            }
        }
        #expect((200..<500).contains(refused), "\(refused) of 500")
    }

    private struct Wrong: Error {}
}
