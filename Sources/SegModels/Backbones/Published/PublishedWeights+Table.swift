extension PublishedWeights {
    /// The files that are known: those whose address and digest their publishers' own sources state.
    public static let all: [PublishedWeights] = torchvision + clip

    private static let torchvision = [
        ("resnet18-torchvision", "resnet18-torchvision", "resnet18-f37072fd.pth", 44.661),
        ("resnet34-torchvision", "resnet34-torchvision", "resnet34-b627a593.pth", 83.275),
        ("resnet50-torchvision", "resnet50-torchvision", "resnet50-0676ba61.pth", 97.781),
        ("resnet50-torchvision-v2", "resnet50-torchvision-v2", "resnet50-11ad3fa6.pth", 97.79),
        ("resnet101-torchvision", "resnet101-torchvision", "resnet101-63fe2227.pth", 170.511),
        ("resnet101-torchvision-v2", "resnet101-torchvision-v2", "resnet101-cd907fc2.pth", 170.53),
        ("resnet152-torchvision", "resnet152-torchvision", "resnet152-394f9c45.pth", 230.434),
        ("resnet152-torchvision-v2", "resnet152-torchvision-v2", "resnet152-f82ba261.pth", 230.474),
        ("vgg16-torchvision", "vgg16-classifier-torchvision", "vgg16-397923af.pth", 527.796),
        ("densenet121-torchvision", "densenet121-torchvision", "densenet121-a639ec97.pth", 30.845),
        ("densenet169-torchvision", "densenet169-torchvision", "densenet169-b2777c0a.pth", 54.708),
        ("densenet201-torchvision", "densenet201-torchvision", "densenet201-c1103571.pth", 77.373),
        ("mobilenet_v2-torchvision", "mobilenet_v2-torchvision", "mobilenet_v2-b0353104.pth", 13.555),
        ("squeezenet1_0-torchvision", "squeezenet1_0-torchvision", "squeezenet1_0-b66bff10.pth", 4.778),
        ("squeezenet1_1-torchvision", "squeezenet1_1-torchvision", "squeezenet1_1-b8a52dc0.pth", 4.729),
        ("swin_t-torchvision", "swin_t-torchvision", "swin_t-704ceda3.pth", 108.19),
        ("swin_s-torchvision", "swin_s-torchvision", "swin_s-5e29d889.pth", 189.786),
        ("swin_b-torchvision", "swin_b-torchvision", "swin_b-68c6b09e.pth", 335.364),
    ].map { name, backbone, file, size in
        PublishedWeights(
            name: name, backbone: backbone, address: "https://download.pytorch.org/models/\(file)",
            // NAME-DIGITS.pth
            sha256: String(file.dropLast(4).suffix(8)), mebibytes: size, publisher: "torchvision",
            licence: "BSD 3-Clause code; trained on ImageNet, whose terms say non-commercial research")
    }

    private static let clip = [
        ("clip-rn50", "afeb0e10f9e5a86da6080e35cf09123aca3b358a0c3e3b6c78a7b63bc04b6762", "RN50.pt"),
        ("clip-rn101", "8fa8567bab74a42d41c5915025a8e4538c3bdbe8804a470a72f30b0d94fab599", "RN101.pt"),
        ("clip-vit-b32", "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af", "ViT-B-32.pt"),
        ("clip-vit-b16", "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f", "ViT-B-16.pt"),
        ("clip-vit-l14", "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836", "ViT-L-14.pt"),
    ].map { name, digest, file in
        PublishedWeights(
            name: name, backbone: name, address: "https://openaipublic.azureedge.net/clip/models/\(digest)/\(file)",
            sha256: digest, mebibytes: nil, publisher: "OpenAI",
            licence: "MIT; its model card advises against untested deployment")
    }
}
