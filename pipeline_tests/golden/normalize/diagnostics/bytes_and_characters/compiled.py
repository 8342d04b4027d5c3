é = 'ä'; return é
