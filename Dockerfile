# SPDX-License-Identifier: GPL-2.0-or-later
# photon-emu with the real images, for machines without a Debian (macOS, Windows):
#
#   docker build -t photon-emu .
#   docker run --rm -it --network none -v "$PWD:/work" photon-emu run --for 10s
#
# Only the build needs a network: Debian's packages and, for the images, the npm registry.
FROM debian:trixie-slim AS build
WORKDIR /src
COPY scripts/setup scripts/setup
RUN scripts/setup && rm -rf /var/lib/apt/lists/*
COPY . .
RUN scripts/build && cmake --install build --prefix /usr/local && scripts/fetch-images

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libunicorn2t64 libglib2.0-0t64 libjson-glib-1.0-0 libelf1t64 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/photon-emu /usr/local/bin/photon-emu
COPY --from=build /src/image-sets /usr/local/share/photon-emu/sets
ENV PHOTON_EMU_SETS=/usr/local/share/photon-emu/sets
WORKDIR /work
ENTRYPOINT ["photon-emu"]
CMD ["--help"]
