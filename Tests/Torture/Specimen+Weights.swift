internal import Datasets
internal import Diffusion
internal import Foundation
internal import SegModels
internal import TensorCore

extension Specimen {
    static let weights: [(name: String, make: Maker)] = [
        ("safetensors", { _ in safetensors }),
        ("shard-index", shardIndex),
        ("pickle", { _ in try pickle() }),
        ("torch", { _ in try torch(TorchOriginals.archives) }),
        ("torch-stream", { _ in try torch(TorchOriginals.streams) }),
        ("torchscript", { _ in try torch(TorchOriginals.programs) }),
        ("npy", { _ in try torch(TorchOriginals.arrays, ending: "npy") }),
        ("npz", { _ in try torch(TorchOriginals.arrayArchives, ending: "npz") }),
        ("checkpoint", checkpoint),
        ("backbone-file", backboneFile),
    ]

    /// A file of every type, opened with its tensors and read whole.
    private static var safetensors: Specimen {
        let state = StateDict(
            [
                "a.weight": Tensor([Float](repeating: 0.5, count: 12), shape: [3, 4]), "a.bias": Tensor([1, 2, 3]),
                "count": Tensor([7, 8] as [Int64], shape: [2]), "half": Tensor([0.5, 1]).converted(to: .bfloat16),
                "bytes": Tensor([UInt8](repeating: 3, count: 5), shape: [5]), "flags": Tensor([true, false], shape: [1, 2]),
            ], metadata: ["format": "pt", "note": "{\"a\": [1, 2]}"])
        let whole = [UInt8](Safetensors.serialize(state))
        let empty = [UInt8](Safetensors.serialize(StateDict([:])))
        return Specimen(
            file: "f.safetensors", isText: false, originals: [whole, whole, whole, empty],
            readers: [
                { try readAll(Safetensors.load(contentsOf: $0)) },
                { try readAll(Safetensors.parse(Data(contentsOf: $0), source: $0.path)) },
                { _ = try WeightsInspection(of: $0).fits },
            ])
    }

    private static func readAll(_ state: StateDict) throws {
        for name in state.names { _ = try state.tensor(name)?.scalars }
    }

    /// Files of other libraries: opened with all tensors, inspected, and loaded as a network that they are not.
    private static func torch(_ originals: [String], ending: String = "pth") throws -> Specimen {
        Specimen(
            file: "f.\(ending)", isText: false, originals: try originals.map { try bytes(base64: $0) },
            readers: [
                { try readAll(Checkpoint(contentsOf: $0).state) },
                { _ = try WeightsInspection(of: $0).fits },
                { _ = try Backbones.load(name: "squeezenet1_1-keras", weights: $0).description },
            ])
    }

    private static func shardIndex(_ place: Place) throws -> Specimen {
        let state = StateDict(["a": Tensor([1, 2]), "b": Tensor([3])])
        for name in ["one", "two"] {
            let part = StateDict(name == "one" ? ["a": Tensor([1, 2])] : ["b": Tensor([3])])
            try place.write("\(name).safetensors", Safetensors.serialize(part))
        }
        try place.write("other.safetensors", Safetensors.serialize(state))
        let text = """
            {"metadata": {"total_size": 12, "format": "pt"}, "weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}
            """
        return Specimen(
            file: "model.safetensors.index.json", originals: [Array(text.utf8)],
            readers: [{ try readAll(Safetensors.load(contentsOf: $0)) }])
    }

    /// HSNet's lists, and everything else that a pickle can say.
    private static func pickle() throws -> Specimen {
        let texts = [
            """
            gAJ9cQAoSwBdcQEoWCEAAAB2YWwyMDE0L0NPQ09fdmFsMjAxNF8wMDAwMDAwMDAwMDFxAlgBAAAAYnEDZUsBXXEEWBQAAABjY2NjY2NjY2Nj
            Y2NjY2NjY2NjY3EFYXUu
            """,
            """
            gASVbgAAAAAAAAB9lChLAF2UKIwhdmFsMjAxNC9DT0NPX3ZhbDIwMTRfMDAwMDAwMDAwMDAxlIwBYpRlSwFdlIwUY2NjY2NjY2NjY2NjY2Nj
            Y2NjY2OUYYwBeJQoRz/4AAAAAAAAToiKBgAAAAAAAUr9////dJR1Lg==
            """,
            """
            gAJjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQApUnEBKFgBAAAAYXECXXEDKEsBSwJlWAEAAABicQRHQAwAAAAAAABYAQAAAHhxBYZxBnUu
            """,
            "KGRwMApJMAoobHAxClZhCnAyCmFWYgpwMwphc0kxCihscDQKRjEuNQphSTMKYXMu",
        ]
        let known: Set<PickleGlobal> = [PickleGlobal("collections", "OrderedDict")]
        return Specimen(
            file: "fold0.pkl", isText: false, originals: try texts.map { try bytes(base64: $0) },
            readers: [
                { _ = try COCOItemList.load($0) },
                { url in
                    let pickle = try PickleReader.read(
                        [UInt8](Data(contentsOf: url)), opcodes: Set(PickleOpcode.allCases), globals: known)
                    _ = pickle.object(pickle.root)
                },
            ])
    }

    /// A decoder's file whose configuration is damaged, read up to the model.
    private static func checkpoint(_ place: Place) throws -> Specimen {
        let model = try Safetensors.load(contentsOf: place.fixture.appendingPathComponent("model.safetensors"))
        let backbone = try Backbones.load(weights: place.fixture.appendingPathComponent("net.safetensors")).backbone
        let key = "diffup.configuration"
        guard let text = model.metadata[key] else { throw TortureError("the fixture's model has no \(key)") }
        return Specimen(
            file: "model.safetensors", originals: [Array(text.utf8)],
            wrap: { bytes, _ in
                var state = model
                state.metadata[key] = String(decoding: bytes, as: UTF8.self)
                return [UInt8](Safetensors.serialize(state))
            },
            readers: [{ _ = try DiffUpCheckpoint(contentsOf: $0).model(behind: backbone) }])
    }

    /// A backbone's file whose description is damaged.
    private static func backboneFile(_ place: Place) throws -> Specimen {
        let weights = try Safetensors.load(contentsOf: place.fixture.appendingPathComponent("net.safetensors"))
        guard let text = weights.metadata[Backbones.metadataKey] else {
            throw TortureError("the fixture's backbone has no description")
        }
        return Specimen(
            file: "net.safetensors", originals: [Array(text.utf8)],
            wrap: { bytes, _ in
                var state = weights
                state.metadata[Backbones.metadataKey] = String(decoding: bytes, as: UTF8.self)
                return [UInt8](Safetensors.serialize(state))
            },
            readers: [{ _ = try Backbones.load(weights: $0).description }, { _ = try WeightsInspection(of: $0).described }])
    }
}
