internal import SegModels
internal import TensorCore
internal import Testing

/// What the decoder learns of the query itself.
@Suite("Query information")
struct QueryInformationTests {
    /// A bright rectangle, off the middle, on a dark ground.
    private static func photo(_ height: Int, _ width: Int) -> Tensor {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let isInside = (height / 4..<height / 2).contains(y) && (width / 4..<width / 2).contains(x)
                pixels += isInside ? [250, 200, 150] : [20, 30, 40]
            }
        }
        return Tensor(pixels, shape: [1, height, width, 3])
    }

    private static let sources: [any QueryInformationSource] = [EdgeInformation()]

    @Test("The canvas has twice the decoder's resolution whatever the photo's size", arguments: [(40, 60), (33, 17), (8, 8)])
    func shapes(_ size: (Int, Int)) {
        let information = QueryInformation(photo: Self.photo(size.0, size.1), resolution: 12, sources: Self.sources)
        #expect(information.canvas.shape == [1, 24, 24, 5])
        #expect(information.image.shape == [1, 24, 24, 3])
        #expect(information.maps?.shape == [1, 24, 24, 2])
        let plain = QueryInformation(photo: Self.photo(size.0, size.1), resolution: 12, sources: [])
        #expect(plain.maps == nil && plain.canvas.shape == [1, 24, 24, 3])
    }

    @Test("Colours lie in [-1, 1] in the photo's proportions, edges in [0, 1]")
    func ranges() throws {
        let information = QueryInformation(photo: Self.photo(48, 48), resolution: 24, sources: Self.sources)
        let colours = information.image.scalars
        #expect(colours.allSatisfy { (-1...1).contains($0) })
        // The canvas is the photo at its own size: the first pixel is ground, the one at (20, 20) is inside.
        for (channel, value) in [Float(20), 30, 40].enumerated() { #expect(abs(colours[channel] - (value / 127.5 - 1)) < 1e-5) }
        let inside = 3 * (20 * 48 + 20)
        for (channel, value) in [Float(250), 200, 150].enumerated() {
            #expect(abs(colours[inside + channel] - (value / 127.5 - 1)) < 1e-5)
        }
        let edges = try #require(information.maps).scalars
        #expect(edges.allSatisfy { (0...1).contains($0) })
        #expect(edges.max() == 1)
    }

    @Test("Edges lie on the object's border and nowhere else")
    func places() throws {
        let information = QueryInformation(photo: Self.photo(48, 48), resolution: 24, sources: Self.sources)
        let edges = try #require(information.maps).scalars
        var strong = 0
        for y in 0..<48 {
            for x in 0..<48 {
                let (sobel, canny) = (edges[2 * (y * 48 + x)], edges[2 * (y * 48 + x) + 1])
                #expect(canny == 0 || canny == 1)
                let isNear = (10...25).contains(y) && (10...25).contains(x) && !((14...21).contains(y) && (14...21).contains(x))
                if !isNear { #expect(sobel == 0 && canny == 0, "row \(y), column \(x)") }
                strong += canny == 1 ? 1 : 0
            }
        }
        #expect((40...52).contains(strong), "\(strong) pixels of an outline of 48")
    }

    @Test("A flat photo has colours and no edges")
    func flat() {
        let information = QueryInformation(photo: Tensor(ones: [1, 20, 30, 3]) * 90, resolution: 8, sources: Self.sources)
        #expect(information.maps?.scalars.allSatisfy { $0 == 0 } == true)
        #expect(information.image.scalars.allSatisfy { abs($0 - (90 / 127.5 - 1)) < 1e-5 })
    }

    @Test("Sobel and Canny alone are the channels of both together")
    func edgesApart() {
        let photo = Self.photo(32, 40).converted(to: .float32)
        let both = EdgeInformation().maps(of: photo)
        #expect(SobelInformation().maps(of: photo).scalars == both.sliced(axis: 3, from: 0, count: 1).scalars)
        #expect(CannyInformation().maps(of: photo).scalars == both.sliced(axis: 3, from: 1, count: 1).scalars)
        #expect(QueryInformationRegistry.sources.names.prefix(3) == ["edges", "sobel", "canny"])
    }

    /// An encoder of known maps: channel `c` of cell `p` is `p + 100 c`, on a grid of half the side.
    private struct Ramp: PhotoEncoder {
        let identity = "ramp"
        let channelCount: Int

        func encoded(_ photo: Tensor) -> Tensor {
            let (height, width) = (photo.shape[1] / 2, photo.shape[2] / 2)
            let values = (0..<(height * width)).flatMap { cell in (0..<channelCount).map { Float(cell + 100 * $0) } }
            return Tensor(values, shape: [1, height, width, channelCount])
        }
    }

    @Test("Any encoder is query information: its channels in groups, each of mean 0 and deviation 1/2 at the photo's size")
    func encoded() {
        let photo = Self.photo(16, 16).converted(to: .float32)
        let whole = EncodedInformation("vae", Ramp(channelCount: 4))
        #expect(whole.channelCount == 4 && whole.maps(of: photo).shape == [1, 16, 16, 4])
        let grouped = EncodedInformation("vae", Ramp(channelCount: 10), channels: 3)
        let maps = grouped.maps(of: photo)
        #expect(maps.shape == [1, 16, 16, 3] && grouped.identity == "ramp, 3 maps")
        for channel in 0..<3 {
            let own = maps.sliced(axis: 3, from: channel, count: 1)
            #expect(abs(own.mean().scalar) < 0.02 && abs(own.variance().squareRoot().scalar - 0.5) < 0.05)
            #expect(own.scalars.allSatisfy { (-1...1).contains($0) })
        }
        #expect(EncodedInformation("all", Ramp(channelCount: 512)).channelCount == 8)
        let flat = EncodedInformation("flat", Ramp(channelCount: 1)).maps(of: Self.photo(2, 2).converted(to: .float32))
        #expect(flat.scalars.allSatisfy { $0 == 0 })
    }

    @Test("A backbone's first level is an encoder, and a decoder's conditions take its maps beside edges")
    func backboneLevel() throws {
        let description = BackboneDescription(
            name: "small", network: .resNet(.tiny(width: 8, blocks: [1, 1, 2])), preprocessing: .torchvision)
        let backbone = try description.makeBackbone(ParameterScope(seed: 1), precision: .float32)
        backbone.freeze()
        let encoder = BackboneLevelEncoder(backbone, identity: "seed 1")
        #expect(encoder.channelCount == backbone.levels[0].channels)
        let source = EncodedInformation("features", encoder, channels: 4)
        let information = QueryInformation(photo: Self.photo(64, 48), resolution: 16, sources: [EdgeInformation(), source])
        #expect(information.maps?.shape == [1, 32, 32, 6])
        let layout = ConditionLayout(priors: ["a"], fusion: UAPF(), information: [EdgeInformation(), source])
        #expect(layout.index(of: .information("features", channel: 3)) == layout.count - 1)
    }
}
