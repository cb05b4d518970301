internal import Foundation
internal import SegModels
internal import TensorCore
internal import TestSupport
internal import Testing

/// Every number of a backbone's description has a range, and no value of it ends the process.
@Suite("Backbone description ranges")
struct BackboneRangeTests {
    private static func ranges(_ description: BackboneDescription) throws -> ConfigurationRanges {
        let family = try #require(BackboneFamilies.family(named: description.network.family))
        return ConfigurationRanges().with(Preprocessing.ranges, under: "preprocessing").with(family.ranges, under: "network")
    }

    private static func descriptions() throws -> [BackboneDescription] {
        var found: [BackboneDescription] = []
        for name in Backbones.names where !name.hasPrefix("test-") { found.append(try Backbones.description(named: name)) }
        return found
    }

    @Test("Every number of every preset has a range")
    func covered() throws {
        for (family, descriptions) in Dictionary(grouping: try Self.descriptions(), by: \.network.family) {
            let ranges = try Self.ranges(descriptions[0])
            let faults = try descriptions.flatMap { description in
                ranges.uncovered(in: try ConfigurationTree(json: description.json(), source: ""))
            }
            #expect(faults.isEmpty, "\(family): \(faults)")
        }
    }

    @Test("A description is refused by its key, or makes a network")
    func walk() throws {
        let byFamily = Dictionary(grouping: try Self.descriptions(), by: \.network.family)
        #expect(byFamily.count >= 5)
        for (family, descriptions) in byFamily {
            let ranges = try Self.ranges(descriptions[0])
            let tree = try ConfigurationTree(json: descriptions[0].json(), source: "")
            let result = try ConfigurationWalk.walk(tree, ranges: ranges) { tree in
                do {
                    let description = try BackboneDescription(json: JSONEncoder().encode(tree), source: "b.json")
                    _ = try description.makeBackbone(ParameterScope(.loading))
                } catch let error as BackboneError {
                    // Taps of a network that became shorter are refused by name.
                    throw ConfigurationError(source: "b.json", key: "a key", reason: error.description)
                }
            }
            #expect(result.faults.isEmpty && result.refused > 50, "\(family): \(result)")
        }
    }

    @Test("File, key, value and range are named")
    func named() throws {
        let text = """
            {"name": "mine", "network": {"family": "resnet", "block": "basic", "blocks": [1, 1, 1], "width": -1,
             "stridePlacement": "conv2"},
             "preprocessing": {"channelOrder": "bgr", "scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1]}}
            """
        func error(_ text: String) -> String {
            do {
                _ = try BackboneDescription(json: Data(text.utf8), source: "mine.json")
                return ""
            } catch { return error.description }
        }
        let start = "mine.json is not a usable backbone description: "
        #expect(error(text) == start + "network.width: found -1, expected a whole number of 1...1024")
        let good = text.replacing("-1", with: "8")
        #expect(error(good).isEmpty)
        #expect(error(good.replacing("[1, 1, 1]}", with: "[1, 0, 1]}")).contains("preprocessing.std: found [1,0,1], expected"))
        #expect(error(good.replacing("[0, 0, 0]", with: "[0, 0]")).contains("preprocessing.mean"))
        #expect(error(good.replacing("[1, 1, 1], \"w", with: "[1, 1e18, 1], \"w")).contains("network.blocks"))
    }

    @Test("A network made in code is refused by its key, too")
    func inCode() {
        let description = BackboneDescription(
            name: "small", network: .resNet(.tiny(width: 0)), preprocessing: .torchvision)
        let error = #expect(throws: BackboneError.self) { try description.makeBackbone() }
        #expect(error?.description == "backbone small: width: found 0, expected a whole number of 1...1024")
    }

    @Test("Canny's thresholds have ranges")
    func edges() throws {
        #expect(try ConfigurationWalk.faults(of: [CannyEdges()], ranges: CannyEdges.ranges).isEmpty)
    }
}
