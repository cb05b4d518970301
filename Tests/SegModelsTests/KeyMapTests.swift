@testable internal import SegModels
internal import TensorCore
internal import Testing

/// Names of other publishers become those of a family, and nothing is lost silently on the way.
@Suite("Key maps")
struct KeyMapTests {
    private static let map = KeyMap(
        layout: "other", marker: "top.{}.query.weight",
        [
            .join(["top.{}.query.{*}", "top.{}.key.{*}", "top.{}.value.{*}"], to: "blocks.{}.qkv.{*}"),
            .join(["top.{}.up.bias", "top.{}.down.bias"], to: "blocks.{}.both.bias", zeros: 1),
            .drop("top.{}.mask"), .rename("top.{}.{*}", to: "blocks.{}.{*}"),
        ])

    private static func state(_ names: [String: [Float]]) -> StateDict {
        StateDict(names.mapValues { Tensor($0) })
    }

    @Test("Renames, joins in order, fills what is left out with zeros, drops")
    func rules() throws {
        let state = Self.state([
            "top.0.value.weight": [5, 6], "top.0.query.weight": [1, 2], "top.0.key.weight": [3, 4], "top.0.norm.a.b": [7],
            "top.0.mask": [8], "top.0.down.bias": [2], "top.0.up.bias": [1], "elsewhere": [9],
        ])
        let result = try state.canonical([Self.map])
        #expect(result.names == ["blocks.0.both.bias", "blocks.0.norm.a.b", "blocks.0.qkv.weight", "elsewhere"])
        #expect(result["blocks.0.qkv.weight"]?.scalars == [1, 2, 3, 4, 5, 6])
        #expect(result["blocks.0.both.bias"]?.scalars == [1, 0, 2])
        let index = WeightsIndex(state).canonical([Self.map])
        #expect(index == WeightsIndex(result) && index.layout == "other")
    }

    @Test("Parts of an incomplete or clashing join keep their names, which no network expects")
    func incomplete() throws {
        let state = Self.state(["top.0.query.weight": [1], "top.0.key.weight": [2], "blocks.0.norm": [3], "top.0.norm": [4]])
        let result = try state.canonical([Self.map])
        #expect(result.count == 4)
        #expect(result["top.0.query.weight"] != nil && result["top.0.key.weight"] != nil && result["blocks.0.norm"] != nil)
        #expect(WeightsIndex(state).canonical([Self.map]) == WeightsIndex(result))
    }

    @Test("Parts that do not fit together are not joined")
    func mismatched() throws {
        var state = Self.state(["top.0.query.weight": [1], "top.0.key.weight": [2]])
        state["top.0.value.weight"] = Tensor(zeros: [2, 3])
        let result = try state.canonical([Self.map])
        #expect(result["blocks.0.qkv.weight"]?.shape == [1])
        #expect(WeightsIndex(state).canonical([Self.map]) == WeightsIndex(result))
    }

    @Test("A file without the marker stays as it is")
    func unmarked() throws {
        let state = Self.state(["top.0.norm": [1], "top.0.mask": [2], "top.query.weight": [3]])
        #expect(try state.canonical([Self.map]).names == state.names)
        #expect(WeightsIndex(state).canonical([Self.map]).layout == nil)
    }
}
