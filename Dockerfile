# Segue in a container:
#
#   docker build -t segue .
#   docker run --rm --cap-add NET_ADMIN,SYS_ADMIN segue run prompt
#
# With `--device /dev/net/tun` links are TAPs, without it veth pairs and packet sockets. Podman grants fewer capabilities unasked: add NET_RAW there. Results stay with
# `-v "$PWD/results:/var/lib/segue/results"`.
FROM debian:trixie AS build
WORKDIR /src
COPY segue ./
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(bash segue packages build)
COPY . .
RUN cmake -B build -G Ninja -DCMAKE_INSTALL_PREFIX=/usr \
    && ninja -C build programs \
    && DESTDIR=/image cmake --install build --strip \
    && bash segue packages libraries run >/packages

FROM debian:trixie
COPY --from=build /packages /tmp/
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(cat /tmp/packages) \
    && rm -rf /var/lib/apt/lists/* /tmp/packages
COPY --from=build /image/ /
# A library that `packages libraries` missed is found here, and not by the user.
RUN ! ldd /usr/bin/segue /usr/lib/segue/* | grep 'not found'
WORKDIR /var/lib/segue
ENTRYPOINT ["/usr/bin/segue"]
CMD ["--help"]
